import { CHECK_DATA, script } from "../script.ts";

/**
 * Leases the oldest message of each subject, unless it is leased already or waits for a retry. The time is the
 * server's, so that the clocks of several responders need not agree.
 *
 * KEYS: 4 outbox, 5 claims
 * ARGV: 4 new token, 5 lease in ms, 6 how many
 * Returns {"claimed", {{id, attempt, json}, ...}}
 */
export const CLAIM = script(`
${CHECK_DATA}
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit = tonumber(ARGV[6])
local claimed, seen, from = {}, {}, "-"
while #claimed < limit do
  local entries = redis.call("XRANGE", KEYS[4], from, "+", "COUNT", 100)
  for _, entry in ipairs(entries) do
    local id, subject, message = entry[1], entry[2][2], entry[2][4]
    if not seen[subject] and #claimed < limit then
      seen[subject] = true
      local stored = redis.call("HGET", KEYS[5], id)
      local claim = stored and cjson.decode(stored) or {attempt = 0, untilMs = 0}
      if claim.untilMs <= now then
        local attempt = claim.attempt + 1
        local taken = {attempt = attempt, untilMs = now + tonumber(ARGV[5]), token = ARGV[4]}
        redis.call("HSET", KEYS[5], id, cjson.encode(taken))
        claimed[#claimed + 1] = {id, attempt, message}
      end
    end
  end
  if #entries < 100 then break end
  from = "(" .. entries[#entries][1]
end
return {"claimed", claimed}
`);
