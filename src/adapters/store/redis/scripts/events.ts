import { CHECK_EPOCH, script } from "../script.ts";

/**
 * A page of the ledger.
 *
 * KEYS: 1 meta, 2 events
 * ARGV: 1 known epoch or "", 2 first revision, 3 how many
 * Returns one of
 *   {"lost"}
 *   {"events", {{"<revision>-0", {"event", json}}, ...}}
 */
export const EVENTS = script(`
${CHECK_EPOCH}
return {"events", redis.call("XRANGE", KEYS[2], ARGV[2] .. "-0", "+", "COUNT", ARGV[3])}
`);
