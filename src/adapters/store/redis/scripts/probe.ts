import { CHECK_DATA, script } from "../script.ts";

/**
 * Tries all that a commit does, on keys of its own: a lock, a hash, a stream, an announcement. The first one to meet an
 * application gives it its epoch, so that it is missed should it go.
 *
 * KEYS: 7 a string, 8 a hash, 9 a stream
 * ARGV: 4 new epoch, 5 channel
 * Returns {"probed", epoch}; fails with why the first of them cannot be done
 */
export const PROBE = script(`
${CHECK_DATA}
local problem
local function try(command, ...)
  if problem then return end
  local answer = redis.pcall(command, ...)
  if type(answer) == "table" and answer.err then problem = answer.err .. " (" .. command .. ")" end
end
-- First, since memory is looked at for a script's first write only. Should nobody take it away, then it goes by itself.
try("SET", KEYS[7], "1", "NX", "PX", 1000)
try("DEL", KEYS[7], KEYS[8], KEYS[9])
try("PTTL", KEYS[7])
try("HSET", KEYS[8], "a", "1", "b", "1")
try("HINCRBY", KEYS[8], "a", 1)
try("HDEL", KEYS[8], "a")
try("HGETALL", KEYS[8])
try("XADD", KEYS[9], "*", "a", "1")
try("XRANGE", KEYS[9], "-", "+")
try("XINFO", "STREAM", KEYS[9])
try("XTRIM", KEYS[9], "MAXLEN", "=", 1)
try("XDEL", KEYS[9], "1-0")
try("TIME")
try("DEL", KEYS[7], KEYS[8], KEYS[9])
try("PUBLISH", ARGV[5], "0")
if problem then
  redis.pcall("DEL", KEYS[7], KEYS[8], KEYS[9])
  return redis.error_reply(problem)
end
if not epoch then
  epoch = ARGV[4]
  redis.call("HSET", KEYS[1], "epoch", epoch)
end
return {"probed", epoch}
`);
