import { CHECK_EPOCH, script } from "../script.ts";

/**
 * Ends a claim: forgets the delivered message, or gives it back to be claimed again later.
 *
 * KEYS: 1 meta, 2 outbox, 3 claims
 * ARGV: 1 known epoch or "", 2 id, 3 token, 4 "done", or the ms until it may be claimed again
 * Returns one of
 *   {"lost"}
 *   {"settled", 1}, or {"settled", 0} when the claim is not the caller's any more
 */
export const SETTLE = script(`
${CHECK_EPOCH}
local stored = redis.call("HGET", KEYS[3], ARGV[2])
local claim = stored and cjson.decode(stored)
if not claim or claim.token ~= ARGV[3] then return {"settled", 0} end
if ARGV[4] == "done" then
  redis.call("HDEL", KEYS[3], ARGV[2])
  redis.call("XDEL", KEYS[2], ARGV[2])
else
  local time = redis.call("TIME")
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local waiting = {attempt = claim.attempt, untilMs = now + tonumber(ARGV[4])}
  redis.call("HSET", KEYS[3], ARGV[2], cjson.encode(waiting))
end
return {"settled", 1}
`);
