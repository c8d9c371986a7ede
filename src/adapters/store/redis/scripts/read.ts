import { CHECK_DATA, script } from "../script.ts";

/**
 * Brings the state as last committed, unless the caller has it already.
 *
 * ARGV: 4 version of the caller's cached state or ""
 * Returns one of
 *   {"cached"}
 *   {"state", epoch or "", revision, stamp, version, {field, json, ...}}
 */
export const READ = script(`
${CHECK_DATA}
if version == ARGV[4] then return {"cached"} end
return {"state", epoch or "", revision, stamp, version, redis.call("HGETALL", KEYS[2])}
`);
