import { CHECK_DATA, script } from "../script.ts";
import { LEDGER_NOW } from "./ledger.ts";

/**
 * Takes the oldest events out of the ledger, but never the newest one, and keeps count of them: both or nothing. The count
 * is the revision of the last one that left, so that it is right however often, and by how many, this is called.
 *
 * ARGV: 4 last revision to leave, 5 how many at most
 * Returns {"ledger", "<first revision>-0" or "", last revision, how many have left}, as they are afterwards
 */
export const TRIM = script(`
${CHECK_DATA}
local entry = redis.call("XRANGE", KEYS[3], "-", "+", "COUNT", 1)[1]
local first = entry and tonumber(string.match(entry[1], "^%d+"))
local upTo = first and math.min(tonumber(ARGV[4]), tonumber(revision) - 1, first + tonumber(ARGV[5]) - 1)
if first and upTo >= first then
  redis.call("XTRIM", KEYS[3], "MINID", "=", string.format("%.0f-0", upTo + 1))
  trimmed = string.format("%.0f", upTo)
  redis.call("HSET", KEYS[1], "trimmed", trimmed)
end
${LEDGER_NOW}
return ledger
`);
