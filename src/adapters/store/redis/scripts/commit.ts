import { CHECK_EPOCH, script } from "../script.ts";

/**
 * Writes a transaction and releases the lock: all of it, or nothing when the lock is not the caller's any more.
 * An event gets its revision as the id of its entry, so that the ledger has no gaps by construction.
 *
 * KEYS: 1 meta, 2 lock, 3 state, 4 events, 5 outbox
 * ARGV: 1 known epoch, 2 token, 3 base revision, 4 channel,
 *       5 number of events, 6 of fields to set, 7 of fields to remove, 8 of messages; then
 *       json of each event; field, json for each field to set; field for each one to remove;
 *       rollback, json of each message
 * Returns one of
 *   {"lost"}
 *   {"refused"}     the lock ran out, or the state is not at the base revision: nothing was written
 *   {"committed"}
 */
export const COMMIT = script(`
${CHECK_EPOCH}
if redis.call("GET", KEYS[2]) ~= ARGV[2] then return {"refused"} end
redis.call("DEL", KEYS[2])
if (redis.call("HGET", KEYS[1], "revision") or "0") ~= ARGV[3] then return {"refused"} end

local at = 9
local base = tonumber(ARGV[3])
local events = tonumber(ARGV[5])
-- First, because a ledger that somebody wrote into by hand refuses here, before anything else is written.
for i = 1, events do
  redis.call("XADD", KEYS[4], string.format("%.0f-0", base + i), "event", ARGV[at])
  at = at + 1
end

-- Lua's stack limits how many arguments one call can have.
local function inChunks(command, count)
  while count > 0 do
    local size = math.min(count, 1000)
    redis.call(command, KEYS[3], unpack(ARGV, at, at + size - 1))
    at = at + size
    count = count - size
  end
end
inChunks("HSET", 2 * tonumber(ARGV[6]))
inChunks("HDEL", tonumber(ARGV[7]))

local revision = string.format("%.0f", base + events)
for i = 0, tonumber(ARGV[8]) - 1 do
  redis.call("XADD", KEYS[5], revision .. "-" .. i, "rollback", ARGV[at], "message", ARGV[at + 1])
  at = at + 2
end

redis.call("HSET", KEYS[1], "revision", revision, "stamp", ARGV[2])
redis.call("PUBLISH", ARGV[4], revision)
return {"committed"}
`);
