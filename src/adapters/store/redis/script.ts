import { createHash } from "node:crypto";

/** A Lua script: Redis runs it as a whole, and nothing of anybody else in between. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
  /** How many of an application's keys it looks at, the first ones; its own come behind those. */
  readonly looksAt: number;
}

/** Keys that `CHECK_HISTORY` looks at, and that `CHECK_DATA` does. */
export const HISTORY = 3;
const DATA = 6;

export function script(lua: string, looksAt = DATA): Script {
  return { lua, sha: createHash("sha1").update(lua).digest("hex"), looksAt };
}

/**
 * Begins every script, which `RedisApplication.ask` calls with
 * KEYS: 1 meta, 2 state, 3 events; behind `CHECK_DATA` also 4 outbox, 5 claims, 6 receipts
 * ARGV: 1 epoch that the caller has seen or "", 2 highest revision that it has seen or 0, 3 stamp of that commit
 * and with the script's own behind them. It writes nothing, and fails where a key holds another type of value. Where it ends
 * the script, the answer is one of
 *   {"lost"}                 another epoch, or none any more
 *   {"torn"}                 the parts do not belong together: some of them are gone
 *   {"rewritten", revision}  the commit that the caller has seen is no part of this history
 */
export const CHECK_HISTORY = `
local meta = redis.call("HMGET", KEYS[1], "epoch", "revision", "stamp", "note", "trimmed", "parts")
local epoch = meta[1]
if ARGV[1] ~= "" and epoch ~= ARGV[1] then return {"lost"} end
local revision, stamp, trimmed = meta[2] or "0", meta[3] or "", meta[5] or "0"
-- Names this very state: the last commit, and the last note on top of it.
local version = stamp .. "|" .. (meta[4] or "")
local begun = redis.call("XLEN", KEYS[3]) > 0
if begun ~= (revision ~= "0") then return {"torn"} end
if (redis.call("HGET", KEYS[2], "stamp") or "") ~= stamp then return {"torn"} end
if ARGV[2] ~= "0" and ARGV[3] ~= stamp then
  local id = ARGV[2] .. "-0"
  local seen = redis.call("XRANGE", KEYS[3], id, id)[1]
  -- What has left the ledger by TRIM was in this history. Nothing else excuses that it is not there.
  local left = tonumber(ARGV[2]) <= tonumber(trimmed)
  if seen and seen[2][4] ~= ARGV[3] or not seen and not left then return {"rewritten", revision} end
end
`;

/** The same, and whether the outbox is whole too. What only asks for the lock is spared that: its commit looks again. */
export const CHECK_DATA = `
${CHECK_HISTORY}
-- Before the first message there is no outbox, nor what belongs to it. Claims and receipts are never empty.
if meta[6] then
  local waiting, claims, receipts = redis.call("XLEN", KEYS[4]), redis.call("HLEN", KEYS[5]), redis.call("HLEN", KEYS[6])
  if claims == 0 or receipts == 0 or waiting == 0 and redis.call("EXISTS", KEYS[4]) == 0 then return {"torn"} end
end
`;
