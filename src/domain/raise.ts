import type { Decision } from "./decision.ts";
import { exposuresOf, type FlagSetting, type Raise, settingsOf } from "./flag.ts";
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
  for (const change of decision.changes) if (change.kind === "flag") set.set(change.key, change.value);
  if (event === undefined || set.size === 0) return decision;
  const settings = settingsOf(policy.flags, state.flags);
  // A decision changes flags of the policy only.
  if (![...set].some(([key, after]) => mayRaise(key, settings.get(key) as FlagSetting, after, policy)))
    return decision;
  const before = exposuresOf(policy.flags, settings);
  const after = exposuresOf(policy.flags, new Map([...settings, ...set]));
  const raised = [...after].filter(
    ([key, exposure]) => !isKillSwitch(key, policy) && exposure > (before.get(key) as number),
  );
  const value: Raise = { at: now, by: event.actor };
  return {
    ...decision,
    changes: [...decision.changes, ...raised.map(([key]): StateChange => ({ kind: "raised", key, value }))],
  };
}

/** Most commits turn down, and a policy may have thousands of flags: then nothing more is asked. */
function mayRaise(key: string, before: FlagSetting, after: FlagSetting, policy: Policy): boolean {
  if (isKillSwitch(key, policy)) return !after.enabled;
  return shareOf(after) > shareOf(before);
}

/** Nobody meets the switch itself. */
function isKillSwitch(key: string, { flags }: Policy): boolean {
  return flags.get(key)?.kind === "kill-switch";
}

function shareOf({ enabled, rolloutPercentage }: FlagSetting): number {
  return enabled ? rolloutPercentage : 0;
}
