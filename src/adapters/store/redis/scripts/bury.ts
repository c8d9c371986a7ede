import { CHECK_DATA, script } from "../script.ts";
import { DEAD, OWN_CLAIM } from "./outbox.ts";

/**
 * Makes a claimed message a dead letter.
 *
 * ARGV: 4 id, 5 token, 6 why
 * Returns
 *   {"settled", 1}, or {"settled", 0} when the claim is not the caller's any more
 */
export const BURY = script(`
${CHECK_DATA}
${OWN_CLAIM}
claim.token = nil
claim.untilMs = 0
claim.dead = true
claim.why = ARGV[6]
redis.call("HSET", KEYS[5], ARGV[4], cjson.encode(claim))
redis.call("HINCRBY", KEYS[5], "${DEAD}", 1)
return {"settled", 1}
`);
