import { CHECK_DATA, script } from "../script.ts";
import { DEAD, eachMessage, WINDOW } from "./outbox.ts";
import { SERVER_NOW } from "./times.ts";

/**
 * How much is in the outbox, and its oldest message. Dead ones are no part of that, nor are lanes whose oldest message was
 * given back because it is not time yet.
 *
 * ARGV: 4 where to begin, then lanes to pass over
 * Returns {"depth", how many, how many of them are dead, json of the oldest or "", where to go on for it or "",
 *   {lane, ...} to pass over there}
 */
export const DEPTH = script(`
${CHECK_DATA}
${SERVER_NOW}
local oldest, postponed = "", {}
${eachMessage(
  4,
  `
      if claim.untilMs > now and not claim.token and not claim.failingSince then
        passed[lane] = true
        postponed[#postponed + 1] = lane
      else
        oldest = message
        scanned = ${WINDOW}
        break
      end`,
)}
if oldest ~= "" then next = "" end
return {"depth", redis.call("XLEN", KEYS[4]), tonumber(redis.call("HGET", KEYS[5], "${DEAD}") or "0"), oldest, next, postponed}
`);
