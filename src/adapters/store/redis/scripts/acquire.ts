import { CHECK_HISTORY, HISTORY, script } from "../script.ts";
import { COMMITTED_AT, SERVER_NOW } from "./times.ts";

/**
 * Takes the lock, and brings the state unless the caller has it already.
 *
 * KEYS: 4 lock
 * ARGV: 4 new token, 5 ttl in ms, 6 version of the caller's cached state or ""
 * Returns one of
 *   {"locked", ms until the holder's lock runs out}
 *   {"cached", epoch, now}                                    locked now; the cached state is the newest
 *   {"state", epoch, revision, stamp, version, {field, json, ...}, now, at, clock}   locked now
 * with the server's time in ms: now, and at the last commit, together with the time that this was committed at
 */
export const ACQUIRE = script(
  `
${CHECK_HISTORY}
if not redis.call("SET", KEYS[4], ARGV[4], "NX", "PX", ARGV[5]) then
  return {"locked", redis.call("PTTL", KEYS[4])}
end
if not epoch then
  -- The first one ever: any random text will do.
  epoch = ARGV[4]
  redis.call("HSET", KEYS[1], "epoch", epoch)
end
${SERVER_NOW}
if version == ARGV[6] then return {"cached", epoch, now} end
${COMMITTED_AT}
return {"state", epoch, revision, stamp, version, redis.call("HGETALL", KEYS[2]), now, tonumber(at), tonumber(clock)}
`,
  HISTORY,
);
