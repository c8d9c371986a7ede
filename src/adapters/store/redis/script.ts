import { createHash } from "node:crypto";

/** A Lua script: Redis runs it as a whole, and nothing of anybody else in between. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

/**
 * Begins every script, which `RedisApplication.ask` calls with
 * KEYS: 1 meta, 2 state, 3 events
 * ARGV: 1 epoch that the caller has seen or "", 2 highest revision that it has seen or 0, 3 stamp of that commit
 * and with the script's own behind them. Where this ends the script, the answer is one of
 *   {"lost"}                 another epoch, or none any more
 *   {"torn"}                 state, events and meta are not of the same commit: some of them are gone
 *   {"rewritten", revision}  the commit that the caller has seen is no part of this history
 */
export const CHECK_DATA = `
local epoch = redis.call("HGET", KEYS[1], "epoch")
if ARGV[1] ~= "" and epoch ~= ARGV[1] then return {"lost"} end
local revision = redis.call("HGET", KEYS[1], "revision") or "0"
local stamp = redis.call("HGET", KEYS[1], "stamp") or ""
-- Names this very state: the last commit, and the last note on top of it.
local version = stamp .. "|" .. (redis.call("HGET", KEYS[1], "note") or "")
local begun = redis.call("EXISTS", KEYS[3]) == 1
if (redis.call("HGET", KEYS[2], "stamp") or "") ~= stamp or begun ~= (revision ~= "0") then return {"torn"} end
if ARGV[2] ~= "0" and ARGV[3] ~= stamp then
  local id = ARGV[2] .. "-0"
  local seen = redis.call("XRANGE", KEYS[3], id, id)[1]
  -- What has left the ledger by TRIM was in this history. Nothing else excuses that it is not there.
  local left = tonumber(ARGV[2]) <= tonumber(redis.call("HGET", KEYS[1], "trimmed") or "0")
  if seen and seen[2][4] ~= ARGV[3] or not seen and not left then return {"rewritten", revision} end
end
`;
