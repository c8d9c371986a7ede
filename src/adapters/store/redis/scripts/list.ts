import { CHECK_DATA, script } from "../script.ts";
import { SERVER_NOW } from "./times.ts";

/**
 * A page of the outbox.
 *
 * ARGV: 4 where to begin, 5 how many
 * Returns {"listed", now, {{id, json, claim's json or ""}, ...}}
 */
export const LIST = script(`
${CHECK_DATA}
${SERVER_NOW}
local entries = redis.call("XRANGE", KEYS[4], ARGV[4], "+", "COUNT", ARGV[5])
local listed = {}
for i, entry in ipairs(entries) do
  listed[i] = {entry[1], entry[2][4], redis.call("HGET", KEYS[5], entry[1]) or ""}
end
return {"listed", now, listed}
`);
