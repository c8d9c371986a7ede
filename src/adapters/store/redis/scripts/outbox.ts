/**
 * What the scripts of the outbox have in common, behind `CHECK_DATA`.
 */

/** Entries that one script looks at: while it runs, Redis serves nobody else. Whoever asks goes on behind them. */
export const WINDOW = 2_000;

/**
 * Pages through the outbox from ARGV[firstArgument] on, which is "-" or "(<id>" as XRANGE has it, for at most a window.
 * The lanes in the arguments behind it are passed over, as dead messages are.
 * @param body sees `id`, `lane`, `message`, `claim` (which has at least `attempt` and `untilMs`) of the others; to end it, it sets
 *   `scanned` to the window and breaks
 * @returns Lua that leaves `next`: where to go on, or "" when that was the end
 */
export function eachMessage(firstArgument: number, body: string): string {
  return `
local passed = {}
for i = ${firstArgument + 1}, #ARGV do passed[ARGV[i]] = true end
local next, scanned = ARGV[${firstArgument}], 0
while next ~= "" and scanned < ${WINDOW} do
  local entries = redis.call("XRANGE", KEYS[4], next, "+", "COUNT", 100)
  local ids = {}
  for i, entry in ipairs(entries) do ids[i] = entry[1] end
  local stored = #ids > 0 and redis.call("HMGET", KEYS[5], unpack(ids))
  for i, entry in ipairs(entries) do
    local id, lane, message = entry[1], entry[2][2], entry[2][4]
    local claim = stored[i] and cjson.decode(stored[i]) or {attempt = 0, untilMs = 0}
    if not claim.dead and not passed[lane] then
      ${body}
    end
  end
  scanned = scanned + #entries
  next = #entries == 100 and "(" .. ids[100] or ""
end
`;
}

/**
 * Ends the script unless the claim is the caller's still.
 *
 * ARGV: 4 id, 5 token
 * Leaves `claim`; answers {"settled", 0}
 */
export const OWN_CLAIM = `
local stored = redis.call("HGET", KEYS[5], ARGV[4])
local claim = stored and cjson.decode(stored)
if not claim or claim.token ~= ARGV[5] then return {"settled", 0} end
`;

/** A field in claims and receipts that stays, so that neither vanishes when it is empty: one that is not there was lost. */
export const BEGUN = "begun";

/**
 * Keeps what the lane's next message is given back, behind `SERVER_NOW`.
 *
 * ARGV: 4 id, 6 the receipt's JSON, "forget" or "keep", 7 how many lanes at most
 */
export const PUT_RECEIPT = `
local receipt = ARGV[6]
local told = receipt ~= "keep" and redis.call("XRANGE", KEYS[4], ARGV[4], ARGV[4])[1]
local own = told and told[2][2]
if own and receipt == "forget" then
  redis.call("HDEL", KEYS[6], own)
elseif own then
  -- Not by cjson: it would make other JSON of it.
  local kept = '{"at":' .. string.format("%.0f", now) .. ',"receipt":' .. receipt .. '}'
  local isNew = redis.call("HSET", KEYS[6], own, kept) == 1
  if isNew and redis.call("HLEN", KEYS[6]) - 1 > tonumber(ARGV[7]) then
    local all = redis.call("HGETALL", KEYS[6])
    local oldest, oldestAt
    for i = 1, #all, 2 do
      local at = tonumber(string.match(all[i + 1], '^{"at":(%d+)')) or 0
      if all[i] ~= own and all[i] ~= "${BEGUN}" and (not oldestAt or at < oldestAt) then oldest, oldestAt = all[i], at end
    end
    if oldest then redis.call("HDEL", KEYS[6], oldest) end
  end
end
`;

/** How many are dead, beside the claims: their ids have another form. */
export const DEAD = "dead";
