import { CHECK_EPOCH, script } from "../script.ts";

/**
 * Brings the state as last committed, unless the caller has it already.
 *
 * KEYS: 1 meta, 2 state
 * ARGV: 1 known epoch or "", 2 stamp of the caller's cached state or ""
 * Returns one of
 *   {"lost"}
 *   {"cached"}
 *   {"state", epoch or "", revision, stamp, {field, json, ...}}
 */
export const READ = script(`
${CHECK_EPOCH}
local stamp = redis.call("HGET", KEYS[1], "stamp") or ""
if stamp ~= "" and stamp == ARGV[2] then return {"cached"} end
local revision = redis.call("HGET", KEYS[1], "revision") or "0"
return {"state", epoch or "", revision, stamp, redis.call("HGETALL", KEYS[2])}
`);
