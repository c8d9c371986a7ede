import { script } from "../script.ts";

/**
 * Renames what is left of an application, so that it can be looked at and is in nobody's way.
 *
 * KEYS: the keys of its parts
 * Returns how many there were
 */
export const SET_ASIDE = script(`
local left = 0
for _, key in ipairs(KEYS) do
  if redis.call("EXISTS", key) == 1 then
    redis.call("RENAME", key, key .. ":lost")
    left = left + 1
  end
end
return left
`);
