import { CHECK_DATA, script } from "../script.ts";

/**
 * Ends a claim: forgets the delivered message, or gives it back to be claimed again later.
 *
 * KEYS: 4 outbox, 5 claims
 * ARGV: 4 id, 5 token, 6 "done", or the ms until it may be claimed again
 * Returns
 *   {"settled", 1}, or {"settled", 0} when the claim is not the caller's any more
 */
export const SETTLE = script(`
${CHECK_DATA}
local stored = redis.call("HGET", KEYS[5], ARGV[4])
local claim = stored and cjson.decode(stored)
if not claim or claim.token ~= ARGV[5] then return {"settled", 0} end
if ARGV[6] == "done" then
  redis.call("HDEL", KEYS[5], ARGV[4])
  redis.call("XDEL", KEYS[4], ARGV[4])
else
  local time = redis.call("TIME")
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local waiting = {attempt = claim.attempt, untilMs = now + tonumber(ARGV[6])}
  redis.call("HSET", KEYS[5], ARGV[4], cjson.encode(waiting))
end
return {"settled", 1}
`);
