/** The server's time in ms, so that the clocks of several responders need not agree. */
export const SERVER_NOW = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * When the last commit was, by its own time, and what the server's clock said then; behind `CHECK_DATA` and `SERVER_NOW`.
 * An older version has kept neither: then it is the last event's time, as of now.
 */
export const COMMITTED_AT = `
local at, clock = unpack(redis.call("HMGET", KEYS[1], "at", "clock"))
if not at then
  local last = redis.call("XRANGE", KEYS[3], revision .. "-0", revision .. "-0")[1]
  at, clock = last and cjson.decode(last[2][2]).at or 0, now
end
`;
