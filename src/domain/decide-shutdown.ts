import type { ShutdownCommand } from "./command.ts";
import { isBlank } from "./decide-deploy.ts";
import { type Decision, decided, leave, masked, refuse } from "./decision.ts";
import { changesOfEnd, endedRollout } from "./end-rollout.ts";
import { type FlagChange, type FlagSetting, OFF, settingsOf } from "./flag.ts";
import { maskOfShutdown } from "./masked.ts";
import type { Policy } from "./policy.ts";
import { refusalOfOperator, refusalWhileOpen } from "./refusal.ts";
import { isActive } from "./rollout.ts";
import { endOfRollout, eventOf, eventRolloutOf } from "./rollout-told.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";
import { applied, quarantinedAmong, raisedBy, trafficOf } from "./turn-down.ts";

const ON = { enabled: true, rolloutPercentage: 100 };

/**
 * The kill switch, by hand. On: everything that is not protected is off for everybody, and a rollout that was active
 * ends. Off: everything is as it was before, which is refused while a rollback is open.
 */
export function decideShutdown(
  state: ApplicationState,
  command: ShutdownCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const flag = [...policy.flags.values()].find(({ kind }) => kind === "kill-switch");
  if (flag === undefined) return refuse("the policy has no kill switch");
  const refusal = refusalOfOperator(state, command) ?? refusalToShutDown(state, command);
  if (refusal !== null) return refuse(refusal);
  const { on, actor, reason } = command;
  const settings = settingsOf(policy.flags, state.flags);
  const { enabled, rolloutPercentage } = state.flags.get(flag.key) ?? flag;
  const before: FlagSetting = { enabled, rolloutPercentage };
  const mask = maskOfShutdown(flag, on, policy);
  if (before.enabled === on) {
    const detail = `${flag.key} is ${on ? "on" : "off"} already`;
    return masked({ ...leave("flag_changed"), detail }, mask);
  }
  const change: FlagChange = { flag: flag.key, before, after: on ? ON : OFF };
  const quarantined = quarantinedAmong(raisedBy([change], settings, policy), state);
  if (!on && quarantined.length > 0) return refuse(behindIt(quarantined, state));
  const detail = `${flag.key} turned ${on ? "on" : "off"} by ${actor}: ${reason}`;
  const ended =
    on && isActive(state.rollout)
      ? endedRollout(state.rollout, { outcome: "aborted", reason: "aborted", detail, actor }, now)
      : null;
  const event = eventOf({
    at: now,
    actor,
    reason: "flag_changed",
    detail,
    flags: [change],
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, applied(settings, [change])) },
    rollout: ended === null ? null : eventRolloutOf(ended),
  });
  const value = { ...change.after, updatedAt: now, updatedBy: actor, quarantinedBy: null };
  const decision = decided(
    event,
    [{ kind: "flag", key: flag.key, value }, ...changesOfEnd(ended)],
    [
      {
        subject: `shutdown-${state.revision + 1}`,
        kind: "flags_changed",
        at: now,
        tier: null,
        alert: null,
        flags: [change],
        rollout: event.rollout,
        detail,
        page: on,
      },
      ...endOfRollout(event.rollout, event),
    ],
  );
  return masked(decision, mask);
}

/** The switch would bring back what a rollback has turned down. */
function behindIt(flags: readonly string[], { flags: states }: ApplicationState): string {
  const rollbacks = new Set(flags.map((key) => states.get(key)?.quarantinedBy));
  return `${flags.join(", ")} would be met again, and is in quarantine: rollguard acknowledge ${[...rollbacks].join(", ")} --reason … first`;
}

function refusalToShutDown({ rollback }: ApplicationState, { on, reason }: ShutdownCommand): string | null {
  if (isBlank(reason)) return "say why: the kill switch needs a reason";
  if (!on && rollback !== null) return refusalWhileOpen(rollback, []);
  return null;
}
