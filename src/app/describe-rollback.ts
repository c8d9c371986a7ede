import type { LedgerEvent } from "../domain/event.ts";
import type { Policy } from "../domain/policy.ts";
import { sumOf } from "../domain/propagation.ts";
import type { PastRollback, Rollback, RollbackStatus, Unproven } from "../domain/rollback.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { TierName } from "../domain/tier.ts";
import type { Instant } from "../domain/time.ts";
import type { Verification } from "../domain/verification.ts";
import { WAVE_WAITS } from "./audience.ts";
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
  /** Why it is `unverified` though it can be seen; absent where it is not, or cannot be seen. */
  readonly unproven?: Unproven;
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
  /** How its first commit reached the clients that listened then; null while that is not known. */
  readonly propagation: PropagationView | null;
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

/** Clients of all responders. None: nobody was connected. */
export interface PropagationView {
  readonly clients: number;
  readonly reached: number;
  /** From the commit until the last of those that were reached had asked; null when none was. */
  readonly seconds: number | null;
  /** So long the others were waited for. */
  readonly waitedSeconds: number;
}

/** Null where it is not known, or not there yet. */
export interface DurationsView {
  /** From the alert's start until it came. */
  readonly detected: number | null;
  /** Until its tier was decided, under the lock. */
  readonly decided: number | null;
  /** Until the store had it. */
  readonly committed: number | null;
  /** Until every client that was connected then had asked for the new flags. */
  readonly propagated: number | null;
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
    ...(rollback.unproven === undefined ? {} : { unproven: rollback.unproven }),
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
  const committedAt = rollback.committedAt ?? verification?.committedAt ?? null;
  const propagation = propagationOf(rollback, verification, committedAt, events);
  return {
    ...describeRollback(rollback),
    durations: durationsOf(rollback, committedAt, propagation),
    propagation,
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

function propagationOf(
  rollback: Rollback | PastRollback,
  verification: Verification | null,
  committedAt: Instant | null,
  events: readonly LedgerEvent[],
): PropagationView | null {
  // Flags that were off already reach nobody anew.
  if (events[0]?.revision === rollback.firstRevision && events[0].flags.length === 0) return null;
  const notes = verification?.propagation ?? ("propagation" in rollback ? rollback.propagation : undefined);
  const sum = sumOf(notes ?? []);
  const waitedSeconds = seconds(WAVE_WAITS);
  if (sum !== null)
    return {
      clients: sum.clients,
      reached: sum.reached,
      seconds: between(committedAt ?? rollback.startedAt, sum.at),
      waitedSeconds,
    };
  // Responders without clients tell nothing. Long before the first check the others have told.
  if (verification !== null && verification.last === null) return null;
  return { clients: 0, reached: 0, seconds: null, waitedSeconds };
}

function durationsOf(
  rollback: Rollback,
  committedAt: Instant | null,
  propagation: PropagationView | null,
): DurationsView {
  const { alertStartedAt, receivedAt, startedAt, verifiedAt } = rollback;
  return {
    detected: between(alertStartedAt, receivedAt),
    decided: between(receivedAt, startedAt),
    committed: between(startedAt, committedAt),
    propagated:
      propagation !== null && propagation.reached === propagation.clients ? propagation.seconds : null,
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
