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
 * Begins every script. KEYS[1] is the application's `meta`, ARGV[1] the epoch that the caller has seen there, ""
 * when it has seen none yet. Another epoch, or none any more, means that the data was lost: the answer is `{"lost"}`.
 */
export const CHECK_EPOCH = `
local epoch = redis.call("HGET", KEYS[1], "epoch")
if ARGV[1] ~= "" and epoch ~= ARGV[1] then return {"lost"} end
`;
