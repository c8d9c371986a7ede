import { CHECK_DATA, script } from "../script.ts";
import { BEGUN } from "./outbox.ts";

/**
 * Writes a transaction and releases the lock: all of it, or nothing when the lock is not the caller's any more.
 * An event gets its revision as the id of its entry, so that the ledger has no gaps by construction. The last one
 * carries the commit's stamp, and so does the state: the caller adds it to the fields to set. Without events it is a
 * note: the revision and its stamp stay, and nobody is told. What can fail is tried before anything is written, or does
 * no harm: what was committed but cannot be announced is committed.
 *
 * KEYS: 7 lock
 * ARGV: 4 token, 5 base revision, 6 channel,
 *       7 number of events, 8 of fields to set, 9 of fields to remove, 10 of messages,
 *       11 its time, 12 what the server's clock said then; then
 *       json of each event; field, json for each field to set; field for each one to remove;
 *       lane, json of each message
 * Returns one of
 *   {"refused"}     the lock ran out, or the state is not at the base revision: nothing was written
 *   {"committed", why it could not be announced or ""}
 */
export const COMMIT = script(`
${CHECK_DATA}
if redis.call("GET", KEYS[7]) ~= ARGV[4] then return {"refused"} end
local base = tonumber(ARGV[5])
local events, messages = tonumber(ARGV[7]), tonumber(ARGV[10])
local now = string.format("%.0f", base + events)
-- Redis 7 and newer can be asked what its user may do; who may do half of it would leave half of a commit.
if redis.acl_check_cmd then
  local removes = meta[4] or ARGV[9] ~= "0"
  local may = redis.acl_check_cmd("HSET", KEYS[1], "a", "b") and
    (not removes or redis.acl_check_cmd("HDEL", KEYS[2], "a"))
  if not may then return redis.error_reply("NOPERM this user may not use HSET and HDEL") end
end
if messages > 0 and not meta[6] then
  -- These fail where the key holds another type.
  redis.call("HLEN", KEYS[5])
  redis.call("HLEN", KEYS[6])
  -- An outbox that was left behind when the rest was deleted has no place for what comes next.
  local outbox = redis.call("EXISTS", KEYS[4]) == 1 and redis.call("XINFO", "STREAM", KEYS[4]) or {}
  for i = 1, #outbox, 2 do
    if outbox[i] == "last-generated-id" and tonumber(string.match(outbox[i + 1], "^%d+")) >= base + events then
      return redis.error_reply("ERR " .. KEYS[4] .. " has messages of another history: delete or rename it")
    end
  end
end
redis.call("DEL", KEYS[7])
if revision ~= ARGV[5] then return {"refused"} end

local at = 13
-- First, because a ledger that somebody wrote into by hand refuses here, before anything else is written.
for i = 1, events do
  if i < events then redis.call("XADD", KEYS[3], string.format("%.0f-0", base + i), "event", ARGV[at])
  else redis.call("XADD", KEYS[3], now .. "-0", "event", ARGV[at], "stamp", ARGV[4]) end
  at = at + 1
end

-- Lua's stack limits how many arguments one call can have.
local function inChunks(command, count)
  while count > 0 do
    local size = math.min(count, 1000)
    redis.call(command, KEYS[2], unpack(ARGV, at, at + size - 1))
    at = at + size
    count = count - size
  end
end
inChunks("HSET", 2 * tonumber(ARGV[8]))
inChunks("HDEL", tonumber(ARGV[9]))
if events == 0 then
  redis.call("HSET", KEYS[1], "note", ARGV[4], "at", ARGV[11], "clock", ARGV[12])
  return {"committed", ""}
end

-- Called by the subject, since that was the lane before there were channels.
for i = 0, messages - 1 do
  redis.call("XADD", KEYS[4], now .. "-" .. i, "subject", ARGV[at], "message", ARGV[at + 1])
  at = at + 2
end
if messages > 0 and not meta[6] then
  redis.call("HSET", KEYS[5], "${BEGUN}", "1")
  redis.call("HSET", KEYS[6], "${BEGUN}", "1")
  redis.call("HSET", KEYS[1], "parts", "1")
end

redis.call("HSET", KEYS[1], "revision", now, "stamp", ARGV[4], "at", ARGV[11], "clock", ARGV[12])
if meta[4] then redis.call("HDEL", KEYS[1], "note") end
local told = redis.pcall("PUBLISH", ARGV[6], now)
return {"committed", type(told) == "table" and told.err or ""}
`);
