import { CHECK_DATA, script } from "../script.ts";

/** How far back the ledger goes, into `ledger`: what the scripts of it answer. */
export const LEDGER_NOW = `
local oldest = redis.call("XRANGE", KEYS[3], "-", "+", "COUNT", 1)[1]
local ledger = {"ledger", oldest and oldest[1] or "", revision, trimmed}
`;

/**
 * How far back the ledger goes.
 *
 * Returns {"ledger", "<first revision>-0" or "", last revision, how many have left}
 */
export const LEDGER = script(`
${CHECK_DATA}
${LEDGER_NOW}
return ledger
`);
