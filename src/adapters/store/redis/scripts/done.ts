import { CHECK_DATA, script } from "../script.ts";
import { OWN_CLAIM, PUT_RECEIPT } from "./outbox.ts";
import { SERVER_NOW } from "./times.ts";

/**
 * Forgets a delivered message, and what was delivered with it.
 *
 * ARGV: 4 id, 5 token, 6 receipt's JSON, "forget" or "keep", 7 how many receipts at most, then the ids of the others
 * Returns
 *   {"settled", 1}, or {"settled", 0} when the claim is not the caller's any more
 */
export const DONE = script(`
${CHECK_DATA}
${SERVER_NOW}
${OWN_CLAIM}
${PUT_RECEIPT}
local function forget(id)
  redis.call("HDEL", KEYS[5], id)
  redis.call("XDEL", KEYS[4], id)
end
forget(ARGV[4])
for i = 8, #ARGV do forget(ARGV[i]) end
return {"settled", 1}
`);
