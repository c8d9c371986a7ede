import type { Decision } from "./decision.ts";
import { type FlagPolicy, type FlagSetting, isMore, type Raise, reachesOf, settingsOf } from "./flag.ts";
import type { Policy } from "./policy.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/**
 * The decision, with a raise for every flag that more people would meet after it. That may be another one than it
 * changes: a parent that goes on raises its children.
 */
export function withRaises(
  state: ApplicationState,
  decision: Decision,
  policy: Policy,
  now: Instant,
): Decision {
  const [event] = decision.events;
  const set = new Map<string, FlagSetting>();
  // An acknowledgement may be of a flag that has gone from the policy meanwhile: nobody meets it.
  for (const change of decision.changes)
    if (change.kind === "flag" && policy.flags.has(change.key)) set.set(change.key, change.value);
  if (event === undefined || set.size === 0) return decision;
  const settings = settingsOf(policy.flags, state.flags);
  const isMoreOf = ([key, after]: [string, FlagSetting]): boolean =>
    isMore(after, settings.get(key) as FlagSetting, policy.flags.get(key) as FlagPolicy);
  if (![...set].some((one) => isMoreOf(one) || isKillSwitch(one[0], policy))) return decision;
  const before = reachesOf(policy.flags, settings);
  const after = reachesOf(policy.flags, new Map([...settings, ...set]));
  const raised = new Set([...after.keys()].filter((key) => exposure(after, key) > exposure(before, key)));
  const value: Raise = { at: now, by: event.actor };
  const noted = [...raised].filter((key) => !isKillSwitch(key, policy));
  return {
    ...decision,
    changes: [...decision.changes, ...noted.map((key): StateChange => ({ kind: "raised", key, value }))],
  };
}

/** Both have every flag of the policy. */
function exposure(exposures: ReadonlyMap<string, number>, key: string): number {
  return exposures.get(key) as number;
}

/** Nobody meets the switch itself. */
function isKillSwitch(key: string, { flags }: Policy): boolean {
  return flags.get(key)?.kind === "kill-switch";
}
