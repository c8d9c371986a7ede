import { changesOfEnd, endedRollout } from "./end-rollout.ts";
import type { EventBody } from "./event.ts";
import {
  exposureOf,
  type FlagChange,
  type FlagPolicy,
  isMore,
  reachesOf,
  type Settings,
  settingsOf,
} from "./flag.ts";
import { withoutOverrides } from "./override.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import { isActive, type Rollout } from "./rollout.ts";
import { eventRolloutOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** A tier to be done, and in whose name. */
export interface TurnDownRequest {
  readonly tier: TierName;
  /** Flags to turn off by name, with their children. */
  readonly flags: readonly string[];
  /** The rollback's id: what is turned down is quarantined by it. */
  readonly rollback: string;
  readonly actor: string;
  /** Why, in words, for a rollout that it ends. */
  readonly detail: string;
}

export interface TurnDown {
  readonly flags: readonly FlagChange[];
  readonly traffic: { readonly before: number; readonly after: number };
  /** The rollout that it ended; null when none was active. */
  readonly rollout: EventBody["rollout"];
  readonly changes: readonly StateChange[];
}

/** A rollback's part of a commit: flags go off, and a rollout that was active ends, in the same one. */
export function turnDown(
  state: ApplicationState,
  policy: Policy,
  request: TurnDownRequest,
  now: Instant,
): TurnDown {
  const settings = settingsOf(policy.flags, state.flags);
  const flags = planTier({ ...request, snapshot: state.snapshot }, settings, policy);
  const ended = isActive(state.rollout) ? rolledBack(state.rollout, request, now) : null;
  return {
    flags,
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, applied(settings, flags)) },
    rollout: ended === null ? null : eventRolloutOf(ended),
    changes: [...flags.map((change) => lowered(change, policy, request, now)), ...changesOfEnd(ended)],
  };
}

/** Percent of users on the new system. */
export function trafficOf(policy: Policy, settings: Settings): number {
  return exposureOf(policy.application.trafficFlag, policy.flags, settings);
}

export function applied(settings: Settings, changes: readonly FlagChange[]): Settings {
  return new Map([...settings, ...changes.map((change) => [change.flag, change.after] as const)]);
}

/**
 * Flags that more people would meet than now, or would as soon as a parent goes on or the kill switch off, or an
 * override goes: what it hides now is met after the next start.
 */
export function raisedBy(changes: readonly FlagChange[], settings: Settings, policy: Policy): string[] {
  const higher = changes.filter(({ flag, before, after }) =>
    isMore(after, before, policy.flags.get(flag) as FlagPolicy),
  );
  const raised = new Set(higher.map(({ flag }) => flag));
  const then = applied(settings, changes);
  for (const flags of [policy.flags, withoutOverrides(policy.flags)]) {
    const before = reachesOf(flags, settings);
    // Both have every flag of the policy.
    for (const [key, exposure] of reachesOf(flags, then))
      if (exposure > (before.get(key) as number)) raised.add(key);
  }
  return [...policy.flags.keys()].filter((key) => raised.has(key));
}

/** Those of them that a rollback has turned down, and nobody has let out since. */
export function quarantinedAmong(keys: Iterable<string>, { flags }: ApplicationState): string[] {
  return [...keys].filter((key) => (flags.get(key)?.quarantinedBy ?? null) !== null);
}

function lowered(
  { flag, after }: FlagChange,
  policy: Policy,
  { rollback, actor }: TurnDownRequest,
  now: Instant,
): StateChange {
  const quarantinedBy = policy.flags.get(flag)?.kind === "release" ? rollback : null;
  return {
    kind: "flag",
    key: flag,
    value: { ...after, updatedAt: now, updatedBy: actor, quarantinedBy },
  };
}

function rolledBack(rollout: Rollout, { rollback, actor, detail }: TurnDownRequest, now: Instant): Rollout {
  const why = { reason: "rolled_back", detail, actor } as const;
  return endedRollout(rollout, { outcome: "rolled_back", rollback, ...why }, now);
}
