import { CHECK_DATA, script } from "../script.ts";

/**
 * A page of the ledger.
 *
 * ARGV: 4 first revision, 5 how many
 * Returns {"events", {{"<revision>-0", {"event", json, ...}}, ...}}
 */
export const EVENTS = script(`
${CHECK_DATA}
return {"events", redis.call("XRANGE", KEYS[3], ARGV[4] .. "-0", "+", "COUNT", ARGV[5])}
`);
