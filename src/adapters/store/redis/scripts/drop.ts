import { CHECK_DATA, script } from "../script.ts";
import { DEAD } from "./outbox.ts";

/**
 * Gives a message up, also while it is leased.
 *
 * ARGV: 4 id
 * Returns {"dropped", 1}, or {"dropped", 0} when there is no such message
 */
export const DROP = script(`
${CHECK_DATA}
if redis.call("XDEL", KEYS[4], ARGV[4]) == 0 then return {"dropped", 0} end
local stored = redis.call("HGET", KEYS[5], ARGV[4])
if stored and cjson.decode(stored).dead then redis.call("HINCRBY", KEYS[5], "${DEAD}", -1) end
redis.call("HDEL", KEYS[5], ARGV[4])
return {"dropped", 1}
`);
