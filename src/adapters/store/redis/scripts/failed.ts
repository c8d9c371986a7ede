import { CHECK_DATA, script } from "../script.ts";
import { OWN_CLAIM, PUT_RECEIPT } from "./outbox.ts";
import { SERVER_NOW } from "./times.ts";

/**
 * Gives a claimed message back, to be claimed again later. Where nothing went wrong it was no attempt; with a receipt it was
 * delivered, and what failed before is over.
 *
 * ARGV: 4 id, 5 token, 6 receipt's JSON, "forget" or "keep", 7 how many receipts at most, 8 ms until it may be claimed
 *       again, 9 why it failed or ""
 * Returns
 *   {"settled", 1}, or {"settled", 0} when the claim is not the caller's any more
 */
export const FAILED = script(`
${CHECK_DATA}
${SERVER_NOW}
${OWN_CLAIM}
${PUT_RECEIPT}
claim.token = nil
claim.sinceMs, claim.untilMs = now, now + tonumber(ARGV[8])
if ARGV[9] == "" and ARGV[6] ~= "keep" then
  claim.attempt = 0
  claim.why = nil
  claim.failingSince = nil
elseif ARGV[9] == "" then
  claim.attempt = claim.attempt - 1
else
  claim.why = ARGV[9]
  claim.failingSince = claim.failingSince or now
end
redis.call("HSET", KEYS[5], ARGV[4], cjson.encode(claim))
return {"settled", 1}
`);
