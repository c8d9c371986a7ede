import { CHECK_EPOCH, script } from "../script.ts";

/**
 * Takes the lock, and brings the state unless the caller has it already.
 *
 * KEYS: 1 meta, 2 lock, 3 state
 * ARGV: 1 known epoch or "", 2 new token, 3 ttl in ms, 4 stamp of the caller's cached state or ""
 * Returns one of
 *   {"lost"}
 *   {"locked", ms until the holder's lock runs out}
 *   {"cached", epoch}                                       locked now; the cached state is the newest
 *   {"state", epoch, revision, stamp, {field, json, ...}}   locked now
 */
export const ACQUIRE = script(`
${CHECK_EPOCH}
if not redis.call("SET", KEYS[2], ARGV[2], "NX", "PX", ARGV[3]) then
  return {"locked", redis.call("PTTL", KEYS[2])}
end
if not epoch then
  -- The first one ever: any random text will do.
  epoch = ARGV[2]
  redis.call("HSET", KEYS[1], "epoch", epoch)
end
local stamp = redis.call("HGET", KEYS[1], "stamp") or ""
if stamp ~= "" and stamp == ARGV[4] then return {"cached", epoch} end
local revision = redis.call("HGET", KEYS[1], "revision") or "0"
return {"state", epoch, revision, stamp, redis.call("HGETALL", KEYS[3])}
`);
