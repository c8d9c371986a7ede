import type { RestoreCommand } from "./command.ts";
import { isBlank } from "./decide-deploy.ts";
import { type Decision, decided, leave, refuse } from "./decision.ts";
import { type FlagChange, type Settings, settingsOf } from "./flag.ts";
import { listed } from "./listed.ts";
import type { Policy } from "./policy.ts";
import { refusalOfKept, refusalOfOperator, refusalOfQuarantine, refusalWhileOpen } from "./refusal.ts";
import { isActive } from "./rollout.ts";
import { eventOf } from "./rollout-told.ts";
import { changesTo } from "./stage-settings.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";
import { applied, quarantinedAmong, raisedBy, trafficOf } from "./turn-down.ts";
import { writtenBy } from "./write-flags.ts";

/**
 * Sets flags to what a backup says. The kill switch and what is protected are left alone.
 * What a rollback turned down comes back only with an acknowledgement and a reason, and not while it is open.
 */
export function decideRestore(
  state: ApplicationState,
  command: RestoreCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const refusal = refusalOfOperator(state, command) ?? refusalToRestore(state, command);
  if (refusal !== null) return refuse(refusal);
  const settings = settingsOf(policy.flags, state.flags);
  const flags = restoreChanges(command.settings, settings, policy);
  const left = leftOut(command.settings, policy);
  if (flags.length === 0)
    return { ...leave("flag_changed"), detail: `every flag stands as in the backup already${left}` };
  const raised = raisedBy(flags, settings, policy);
  if (raised.length > 0 && state.rollback !== null) return refuse(refusalWhileOpen(state.rollback, raised));
  const burning = raised.length > 0 ? refusalOfKept(state, command.acknowledge) : null;
  const held = burning ?? refusalOfQuarantine(quarantinedAmong(raised, state), command.acknowledge);
  if (held !== null) return refuse(held);
  const { actor, reason } = command;
  const event = eventOf({
    at: now,
    actor,
    reason: "flag_changed",
    detail: `restored from a backup by ${actor}: ${reason}${left}`,
    flags,
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, applied(settings, flags)) },
  });
  return decided(event, writtenBy(actor, flags, raised, state, now), []);
}

/** What a restore would change. */
function restoreChanges(backup: Settings, settings: Settings, policy: Policy): FlagChange[] {
  return changesTo(backup, settings).filter(({ flag }) => {
    const declared = policy.flags.get(flag);
    return declared?.kind !== "kill-switch" && declared?.protected !== true;
  });
}

function refusalToRestore({ rollout }: ApplicationState, { reason }: RestoreCommand): string | null {
  if (isActive(rollout)) return `rollout ${rollout.id} is active and sets these flags: abort it first`;
  return isBlank(reason) ? "say why: a restore needs a reason" : null;
}

/** A backup may be older than the policy. */
function leftOut(backup: Settings, policy: Policy): string {
  const unknown = [...backup.keys()].filter((key) => !policy.flags.has(key));
  if (unknown.length === 0) return "";
  const names = unknown.map((key) => key.slice(0, 100));
  return `; left out, since the policy does not have them: ${listed(names, 5)}`;
}
