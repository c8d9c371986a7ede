import { CHECK_DATA, script } from "../script.ts";
import { DEAD } from "./outbox.ts";
import { SERVER_NOW } from "./times.ts";

/**
 * Lets a message be claimed at once, also when it is dead, or waits. One that is leased is being tried already. A claim that
 * has run out stays its holder's until somebody else takes the message.
 *
 * ARGV: 4 id
 * Returns {"retried", 1}, or {"retried", 0} when there is no such message
 */
export const RETRY = script(`
${CHECK_DATA}
${SERVER_NOW}
if not redis.call("XRANGE", KEYS[4], ARGV[4], ARGV[4])[1] then return {"retried", 0} end
local stored = redis.call("HGET", KEYS[5], ARGV[4])
local claim = stored and cjson.decode(stored)
if claim and not (claim.token and claim.untilMs > now) then
  if claim.dead then redis.call("HINCRBY", KEYS[5], "${DEAD}", -1) end
  local free = {attempt = claim.attempt, untilMs = 0, token = claim.token, why = claim.why}
  redis.call("HSET", KEYS[5], ARGV[4], cjson.encode(free))
end
return {"retried", 1}
`);
