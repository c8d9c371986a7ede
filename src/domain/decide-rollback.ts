import { moreSevere, newRollback, roll } from "./begin-rollback.ts";
import type { RollbackCommand } from "./command.ts";
import { isBlank } from "./decide-deploy.ts";
import { type Decision, refuse } from "./decision.ts";
import { isTurnedDown } from "./flag.ts";
import type { Policy } from "./policy.ts";
import { refusalOfOperator } from "./refusal.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";

/** A rollback by hand. It may join the open one, and make it more severe; it is never held up. */
export function decideRollback(
  state: ApplicationState,
  command: RollbackCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const refusal = refusalOfOperator(state, command) ?? refusalToRollBack(command, policy);
  if (refusal !== null) return refuse(refusal);
  const { actor, reason, tier } = command;
  const flags = [...new Set([...command.flags, ...flagsOfPhase(command.phase, policy)])];
  const detail = `by ${actor}: ${reason}`;
  const open = state.rollback;
  const shutdown = command.shutdown
    ? { ...policy, tiers: { ...policy.tiers, emergency: { ...policy.tiers.emergency, killSwitch: true } } }
    : policy;
  const rolling = { state, policy: shutdown, now, actor, detail };
  if (open !== null)
    return roll({ ...rolling, rollback: moreSevere(open, { tier, flags }, now), kind: "escalated" });
  const beginning = { tier, trigger: "operator", flags, startedBy: actor, reason };
  return roll({ ...rolling, rollback: newRollback(state, beginning, now), kind: "rolled_back" });
}

function refusalToRollBack(
  { tier, flags, phase, shutdown, reason }: RollbackCommand,
  policy: Policy,
): string | null {
  if (isBlank(reason)) return "say why: a rollback needs a reason";
  const unknown = flags.filter((key) => !policy.flags.has(key));
  if (unknown.length > 0) return `the policy has no flag ${unknown.map((key) => `"${key}"`).join(", ")}`;
  const fixed = flags.filter((key) => !isTurnedDown(key, policy.flags));
  if (fixed.length > 0)
    return `${fixed.join(", ")}: a rollback never touches protected flags and operational switches`;
  if (tier === "flag" && flags.length === 0 && phase === null)
    return "name the flags that the tier flag turns off";
  if (phase !== null && flagsOfPhase(phase, policy).length === 0)
    return `no flag that a rollback turns down is in phase ${phase}`;
  if (shutdown && tier !== "emergency") return "only the tier emergency can shut down";
  return null;
}

function flagsOfPhase(phase: number | null, { flags }: Policy): string[] {
  if (phase === null) return [];
  return [...flags.values()]
    .filter((flag) => flag.phase === phase && isTurnedDown(flag.key, flags))
    .map(({ key }) => key);
}
