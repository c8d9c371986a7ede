import { CHECK_DATA, script } from "../script.ts";
import { COMMITTED_AT, SERVER_NOW } from "./times.ts";

/**
 * Brings the state as last committed, unless the caller has it already.
 *
 * ARGV: 4 version of the caller's cached state or ""
 * Returns one of
 *   {"cached", epoch or "", now}
 *   {"state", epoch or "", revision, stamp, version, {field, json, ...}, now, at, clock}
 * with times as ACQUIRE has them
 */
export const READ = script(`
${CHECK_DATA}
${SERVER_NOW}
if version == ARGV[4] then return {"cached", epoch or "", now} end
${COMMITTED_AT}
return {"state", epoch or "", revision, stamp, version, redis.call("HGETALL", KEYS[2]), now, tonumber(at), tonumber(clock)}
`);
