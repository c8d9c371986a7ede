import { CHECK_DATA, script } from "../script.ts";
import { eachMessage } from "./outbox.ts";
import { SERVER_NOW } from "./times.ts";

/**
 * Leases the oldest message of each lane, unless it is leased already or waits for a retry, and tells what waits behind it.
 * A lane is busy also while a younger message of it is leased: an operator may have brought an older one back.
 *
 * ARGV: 4 new token, 5 lease in ms, 6 how many, 7 how many behind each, 8 where to begin,
 *   9 channels, as " slack email ", or "" for all of them, then lanes to pass over
 * Returns {"claimed", {{id, attempt, failing since or "", json, stored receipt or "", {id, json, ...}}, ...},
 *   where to go on or "", {lane, ...} that were seen}
 */
export const CLAIM = script(`
${CHECK_DATA}
${SERVER_NOW}
local limit, behind = tonumber(ARGV[6]), 2 * tonumber(ARGV[7])
local lanes, seen = {}, {}
${eachMessage(
  8,
  `
      -- The clock was set back since: what was to be waited for begins anew, instead of lasting so much longer.
      if claim.sinceMs and claim.sinceMs > now then
        claim.sinceMs, claim.untilMs = now, now + claim.untilMs - claim.sinceMs
        redis.call("HSET", KEYS[5], id, cjson.encode(claim))
      end
      local of = lanes[lane]
      local channel = string.match(lane, "^(%l+) ")
      if ARGV[9] ~= "" and channel and not string.find(ARGV[9], " " .. channel .. " ", 1, true) then
        of = nil
      elseif not of then
        lanes[lane] = {id = id, claim = claim, message = message, later = {}, free = claim.untilMs <= now}
        seen[#seen + 1] = lane
      else
        if claim.token and claim.untilMs > now then of.free = false end
        if #of.later < behind then
          of.later[#of.later + 1] = id
          of.later[#of.later + 1] = message
        end
      end`,
)}
local claimed = {}
for _, lane in ipairs(seen) do
  local of = lanes[lane]
  if of.free and #claimed < limit then
    local claim = of.claim
    claim.attempt = claim.attempt + 1
    claim.sinceMs, claim.untilMs = now, now + tonumber(ARGV[5])
    claim.token = ARGV[4]
    redis.call("HSET", KEYS[5], of.id, cjson.encode(claim))
    local receipt = redis.call("HGET", KEYS[6], lane) or ""
    claimed[#claimed + 1] = {of.id, claim.attempt, claim.failingSince or "", of.message, receipt, of.later}
  end
end
if #claimed >= limit then next = "" end
return {"claimed", claimed, next, seen}
`);
