import { CHECK_DATA, script } from "../script.ts";

/**
 * Brings the state as last committed, unless the caller has it already.
 *
 * ARGV: 4 stamp of the caller's cached state or ""
 * Returns one of
 *   {"cached"}
 *   {"state", epoch or "", revision, stamp, {field, json, ...}}
 */
export const READ = script(`
${CHECK_DATA}
if stamp ~= "" and stamp == ARGV[4] then return {"cached"} end
return {"state", epoch or "", revision, stamp, redis.call("HGETALL", KEYS[2])}
`);
