import type { FlagWish, SetCommand } from "./command.ts";
import { type Decision, decided, leave, masked, refuse } from "./decision.ts";
import { type FlagChange, type FlagSetting, type Settings, settingsOf } from "./flag.ts";
import { maskOfSetting } from "./masked.ts";
import type { Policy } from "./policy.ts";
import { refusalOfOperator } from "./refusal.ts";
import { type ActiveRollout, isActive, type Rollout } from "./rollout.ts";
import { eventOf, eventRolloutOf, rolloutMessage } from "./rollout-told.ts";
import { refusalOfWords, refusalToSet, type Setting, settingOf } from "./set-limits.ts";
import { changesTo, flagsSetBy } from "./stage-settings.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";
import { applied, trafficOf } from "./turn-down.ts";
import { notMet } from "./unmet.ts";
import { writtenBy } from "./write-flags.ts";

/**
 * Sets flags by their names. Lowering is always allowed; raising as far as rollbacks and rollouts leave room for it. A
 * rollout whose flags are lowered is paused: its gate would judge a stage that is not there any more, and promote it.
 */
export function decideSet(
  state: ApplicationState,
  command: SetCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const refusal = refusalOfOperator(state, command) ?? refusalOfWords(command, policy);
  if (refusal !== null) return refuse(refusal);
  const settings = settingsOf(policy.flags, state.flags);
  const target = targetOf(command.flags, settings);
  const changes = changesTo(target, settings);
  const mask = maskOfSetting(target, policy);
  if (changes.length === 0)
    return masked({ ...leave("flag_changed"), detail: standing([...target.keys()]) }, mask);
  const setting = settingOf(state, policy, settings, changes);
  const forbidden = refusalToSet(setting, command);
  return forbidden === null ? masked(set(setting, command, now), mask) : refuse(forbidden);
}

function set(setting: Setting, { actor, reason }: SetCommand, now: Instant): Decision {
  const { state, policy, settings, changes, raised } = setting;
  const then = applied(settings, changes);
  const stopped = stoppedBy(setting);
  const pauses =
    stopped === null ? "" : `; rollout ${stopped.id} is paused, since it is not where its stage says`;
  const detail = `${whatIsSet(changes)} by ${actor}: ${reason}${notMet(changes, then, policy)}${pauses}`;
  const held: Rollout | null =
    stopped === null
      ? null
      : { ...stopped, pausedAt: now, lastDecision: { at: now, reason: "paused", detail, actor } };
  const event = eventOf({
    at: now,
    actor,
    reason: "flag_changed",
    detail,
    flags: changes,
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, then) },
    rollout: held === null ? null : eventRolloutOf(held),
  });
  const written = writtenBy(actor, changes, raised, state, now);
  if (held === null) return decided(event, written, []);
  return decided(
    event,
    [...written, { kind: "rollout", value: held }],
    [rolloutMessage("paused", held, event)],
  );
}

/** What each flag that is named is to be. */
function targetOf(wishes: SetCommand["flags"], settings: Settings): Map<string, FlagSetting> {
  // Those that the policy does not have have been refused.
  return new Map([...wishes].map(([key, wish]) => [key, wished(wish, settings.get(key) as FlagSetting)]));
}

/** Who turns on what stands at 0 %, and says no more, means everybody: nobody would meet it otherwise. */
function wished({ enabled, rolloutPercentage }: FlagWish, before: FlagSetting): FlagSetting {
  const isTurnedOn = enabled === true && !before.enabled;
  const share = isTurnedOn && before.rolloutPercentage === 0 ? 100 : before.rolloutPercentage;
  return { enabled: enabled ?? before.enabled, rolloutPercentage: rolloutPercentage ?? share };
}

/** The rollout that does not stand where its stage says any more, as far as nobody has paused it yet. */
function stoppedBy({ state: { rollout }, policy, lowered }: Setting): ActiveRollout | null {
  if (!isActive(rollout) || rollout.pausedAt !== null) return null;
  const moved = flagsSetBy(rollout.plan, policy.application.trafficFlag);
  return lowered.some((key) => moved.has(key)) ? rollout : null;
}

function standing(keys: readonly string[]): string {
  return keys.length === 1 ? `${keys[0]} stands so already` : `${keys.length} flags stand so already`;
}

function whatIsSet(changes: readonly FlagChange[]): string {
  const [change] = changes;
  if (change === undefined || changes.length > 1) return `${changes.length} flags set`;
  const { flag, before, after } = change;
  if (after.enabled) return `${flag} set to ${after.rolloutPercentage} %`;
  return before.enabled ? `${flag} turned off` : `${flag}, which is off, set to ${after.rolloutPercentage} %`;
}
