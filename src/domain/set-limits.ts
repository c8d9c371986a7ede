import type { SetCommand } from "./command.ts";
import { isBlank } from "./decide-deploy.ts";
import { type FlagChange, type FlagPolicy, type FlagSetting, isMore, OFF, type Settings } from "./flag.ts";
import type { Policy } from "./policy.ts";
import { refusalOfKept, refusalOfQuarantine, refusalWhileOpen } from "./refusal.ts";
import { isActive, statusOf } from "./rollout.ts";
import { flagsSetBy, settingsUpTo } from "./stage-settings.ts";
import type { ApplicationState } from "./state.ts";
import { applied, quarantinedAmong, raisedBy } from "./turn-down.ts";

/** What an operator would set, and what that does to whoever meets the flags. */
export interface Setting {
  readonly state: ApplicationState;
  readonly policy: Policy;
  readonly settings: Settings;
  readonly changes: readonly FlagChange[];
  /** Flags that more people would meet, now or as soon as what hides them is gone; also below those that are set. */
  readonly raised: readonly string[];
  readonly lowered: readonly string[];
}

export function settingOf(
  state: ApplicationState,
  policy: Policy,
  settings: Settings,
  changes: readonly FlagChange[],
): Setting {
  const back = changes.map(({ flag, before, after }) => ({ flag, before: after, after: before }));
  return {
    state,
    policy,
    settings,
    changes,
    raised: raisedBy(changes, settings, policy),
    lowered: raisedBy(back, applied(settings, changes), policy),
  };
}

/** Of a command that says too little, or names what there is not. */
export function refusalOfWords({ flags, reason }: SetCommand, policy: Policy): string | null {
  if (isBlank(reason)) return "say why: setting a flag needs a reason";
  const unknown = [...flags.keys()].filter((key) => !policy.flags.has(key));
  return unknown.length === 0
    ? null
    : `the policy has no flag ${unknown.map((key) => `"${key}"`).join(", ")}`;
}

/**
 * Whether what an operator sets may be set now. Lowering may be, always: but for what is protected, which is kept on for
 * good reasons, and the kill switch, which is turned by a command of its own.
 */
export function refusalToSet(setting: Setting, command: SetCommand): string | null {
  return (
    refusalOfKillSwitch(setting) ??
    refusalOfProtected(setting, command) ??
    refusalToRaise(setting, command) ??
    (setting.raised.length > 0 && !command.confirmed
      ? `this is production, and more people would meet ${setting.raised.join(", ")}: confirm it with "yes"`
      : null)
  );
}

function refusalOfKillSwitch({ changes, policy }: Setting): string | null {
  const found = changes.find(({ flag }) => policy.flags.get(flag)?.kind === "kill-switch");
  return found === undefined
    ? null
    : `${found.flag} is the kill switch: turn it with rollguard shutdown on|off, which also ends a rollout`;
}

/**
 * No rollback, plan or kill switch takes these away; an operator can, since a broken one has to go somehow. One at a time:
 * whoever sets many flags, or acknowledges the quarantine of another one, has not thought of this one.
 */
function refusalOfProtected(
  { changes, policy, lowered }: Setting,
  { acknowledge, flags }: SetCommand,
): string | null {
  const hit = changes.filter(({ flag }) => policy.flags.get(flag)?.protected && lowered.includes(flag));
  if (hit.length === 0 || (acknowledge && flags.size === 1)) return null;
  const keys = hit.map(({ flag }) => flag).join(", ");
  return `${keys}: protected, so that nothing but an operator lowers it: set it by itself, and acknowledge that`;
}

/** An operational switch is no feature that people meet: it is wanted most while a rollback is open. */
function refusalToRaise(
  { state, policy, settings, changes, raised }: Setting,
  { acknowledge }: SetCommand,
): string | null {
  const features = raised.filter((key) => policy.flags.get(key)?.kind !== "operational");
  const { rollback, rollout } = state;
  if (rollback !== null && features.length > 0) return refusalWhileOpen(rollback, features);
  const burning = features.length > 0 ? refusalOfKept(state, acknowledge) : null;
  if (burning !== null) return burning;
  if (isActive(rollout)) {
    const then = applied(settings, changes);
    const stands = settingsUpTo(rollout.plan, rollout.stage, policy.application.trafficFlag);
    const moved = flagsSetBy(rollout.plan, policy.application.trafficFlag);
    // Up to where its stage stands is where the gates let it come: what was lowered by mistake may go back.
    const beyond = features.filter(
      (key) =>
        moved.has(key) &&
        isMore(then.get(key) as FlagSetting, stands.get(key) ?? OFF, policy.flags.get(key) as FlagPolicy),
    );
    if (beyond.length > 0)
      return `rollout ${rollout.id} is ${statusOf(rollout)} and raises ${beyond.join(", ")} itself, behind its gates: abort it first`;
  }
  return refusalOfQuarantine(quarantinedAmong(features, state), acknowledge);
}
