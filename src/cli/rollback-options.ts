import { parseArgs } from "node:util";
import type { TierName } from "../domain/tier.ts";
import { UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { OPERATOR_OPTIONS } from "./operator-options.ts";

export interface RollbackOptions {
  readonly application: string | undefined;
  readonly revision: number | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly shutdown: boolean;
  readonly tier: TierName;
  /** What the server is asked for. */
  readonly body: Readonly<Record<string, unknown>>;
}

const KINDS = "--flag KEY, --stage, --phase N, --safe-state or --emergency";

/** @throws UsageError when it does not say how much, or why; what there is to turn down the server knows */
export function readRollbackOptions(argv: readonly string[]): RollbackOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      flag: { type: "string", multiple: true },
      stage: { type: "boolean" },
      phase: { type: "string" },
      "safe-state": { type: "boolean" },
      emergency: { type: "boolean" },
      shutdown: { type: "boolean" },
      ...OPERATOR_OPTIONS,
      yes: { type: "boolean" },
    },
  });
  const { flag: flags = [], shutdown = false, "dry-run": dryRun = false } = values;
  const kinds: readonly (readonly [tier: TierName, said: boolean])[] = [
    ["flag", flags.length > 0],
    ["stage", values.stage === true],
    ["phase", values.phase !== undefined],
    ["safe-state", values["safe-state"] === true],
    ["emergency", values.emergency === true],
  ];
  const said = kinds.filter(([, isSaid]) => isSaid).map(([tier]) => tier);
  const [tier] = said;
  if (tier === undefined) throw new UsageError(`say how much: ${KINDS}; nothing was sent`);
  if (said.length > 1) throw new UsageError(`say one of ${KINDS}, not ${said.length}; nothing was sent`);
  if (shutdown && tier !== "emergency")
    throw new UsageError("--shutdown goes with --emergency only; nothing was sent");
  const reason = values.reason?.trim();
  if (!reason && !dryRun)
    throw new UsageError("a rollback needs --reason TEXT, for the ledger; nothing was sent");
  return {
    application: values.application,
    revision: wholeNumberOf("revision", values.revision, 0),
    dryRun,
    yes: values.yes === true,
    json: values.json === true,
    shutdown,
    tier,
    body: {
      tier,
      flags,
      phase: wholeNumberOf("phase", values.phase, 0),
      shutdown,
      reason: reason || "dry run",
      dryRun,
    },
  };
}
