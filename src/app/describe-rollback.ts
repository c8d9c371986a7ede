import type { LedgerEvent } from "../domain/event.ts";
import type { Policy } from "../domain/policy.ts";
import type { PastRollback, Rollback, RollbackStatus } from "../domain/rollback.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { TierName } from "../domain/tier.ts";
import type { Instant } from "../domain/time.ts";
import { describeEvent, type EventView } from "./describe-event.ts";
import { seconds } from "./describe-rollout.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A rollback as people and programs read it: times are RFC 3339, durations seconds. */
export interface RollbackView {
  readonly id: string;
  readonly tier: TierName;
  /** The alert that began it; `gate` or `operator` when none did. */
  readonly trigger: string;
  readonly status: RollbackStatus;
  readonly open: boolean;
  readonly startedBy: string;
  readonly reason: string | null;
  /** Flags that are turned off next where it has not helped, in their order. */
  readonly nextSuspects: readonly string[];
  readonly startedAt: string;
  readonly escalatedAt: string | null;
  readonly verifiedAt: string | null;
  readonly endedAt: string | null;
}

/** The same with what happened in it. */
export interface RollbackTimeline extends RollbackView {
  readonly durations: DurationsView;
  /** The seeds' budget for the tier. */
  readonly budgetSeconds: number;
  /** The last look at whether it has helped; null before the first. */
  readonly verification: {
    readonly goodChecks: number;
    readonly neededChecks: number;
    readonly nextCheckAt: string;
    readonly last: { readonly at: string; readonly verdict: string; readonly why: readonly string[] } | null;
  } | null;
  readonly events: readonly EventView[];
}

/** Null where it is not known, or not there yet. */
export interface DurationsView {
  /** From the alert's start until it came. */
  readonly detected: number | null;
  /** Until its tier was decided, under the lock. */
  readonly decided: number | null;
  /** Until the store had it. */
  readonly committed: number | null;
  /** From the decision until it was known to have helped. */
  readonly verified: number | null;
  /** From the alert's start until it was known to have helped. */
  readonly total: number | null;
}

export function describeRollback(rollback: Rollback | PastRollback): RollbackView {
  const { id, tier, trigger, status, startedBy, reason, startedAt, escalatedAt, verifiedAt } = rollback;
  return {
    id,
    tier,
    trigger,
    status,
    open: !("endedAt" in rollback),
    startedBy,
    reason,
    nextSuspects: rollback.suspects.flat(),
    startedAt: rfc3339(startedAt),
    escalatedAt: timeOf(escalatedAt),
    verifiedAt: timeOf(verifiedAt),
    endedAt: "endedAt" in rollback ? rfc3339(rollback.endedAt) : null,
  };
}

/** @param events of the ledger from the rollback's first one */
export function describeTimeline(
  policy: Policy,
  state: ApplicationState,
  rollback: Rollback | PastRollback,
  events: readonly LedgerEvent[],
): RollbackTimeline {
  const isOpen = state.rollback?.id === rollback.id;
  const verification = isOpen ? state.verification : null;
  return {
    ...describeRollback(rollback),
    durations: durationsOf(rollback, rollback.committedAt ?? verification?.committedAt ?? null),
    budgetSeconds: seconds(policy.tiers[rollback.tier].budget),
    verification: verification && {
      goodChecks: verification.good,
      neededChecks: policy.verify.goodChecksInARow,
      nextCheckAt: rfc3339(verification.nextCheckAt),
      last: verification.last && { ...verification.last, at: rfc3339(verification.last.at) },
    },
    events: events.filter((event) => event.rollback === rollback.id).map(describeEvent),
  };
}

function durationsOf(rollback: Rollback, committedAt: Instant | null): DurationsView {
  const { alertStartedAt, receivedAt, startedAt, verifiedAt } = rollback;
  return {
    detected: between(alertStartedAt, receivedAt),
    decided: between(receivedAt, startedAt),
    committed: between(startedAt, committedAt),
    verified: between(startedAt, verifiedAt),
    total: between(alertStartedAt ?? startedAt, verifiedAt),
  };
}

/** The clocks of two machines may differ: what ends before it begins took no time. */
function between(from: Instant | null, to: Instant | null): number | null {
  return from === null || to === null ? null : seconds(Math.max(0, to - from));
}

function timeOf(instant: Instant | null): string | null {
  return instant === null ? null : rfc3339(instant);
}
