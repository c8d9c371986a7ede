import { script } from "../script.ts";

/**
 * Gives the lock back without having changed anything.
 *
 * KEYS: 1 lock
 * ARGV: 1 token
 * Returns 1, or 0 when the lock was not the caller's any more
 */
export const RELEASE = script(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])
`);
