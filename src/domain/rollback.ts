import type { Propagation } from "./propagation.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** Whether it is known to have helped. `failed`: not even the most severe tier did. */
export const ROLLBACK_STATUSES = ["verifying", "verified", "unverified", "failed"] as const;

export type RollbackStatus = (typeof ROLLBACK_STATUSES)[number];

/** There were too few requests to tell; or it is better than it was, and not well: no tier more is turned down for either. */
export type Unproven = "too_few" | "improved";

/** Flags that are turned off together. */
export type Step = readonly string[];

/** A run of a tier, from what began it until all its alerts have resolved and it is verified: its episode. */
export interface Rollback {
  readonly id: string;
  readonly tier: TierName;
  /** The alert that began it; `gate` or `operator` when none did. */
  readonly trigger: string;
  /** Flags that triggers or operators asked for by name. */
  readonly flags: readonly string[];
  /** Flags that are turned off next where it has not helped, step by step, before the next tier is. */
  readonly suspects: readonly Step[];
  readonly startedAt: Instant;
  readonly escalatedAt: Instant | null;
  /** `alertmanager`, `reconcile`, `clock`, or an operator's name. */
  readonly startedBy: string;
  /** An operator's own words. */
  readonly reason: string | null;
  /** When its alert began to fire. */
  readonly alertStartedAt: Instant | null;
  /** When that alert came; null when none did. */
  readonly receivedAt: Instant | null;
  /** When the store had it, as far as that is known. */
  readonly committedAt: Instant | null;
  readonly verifiedAt: Instant | null;
  readonly status: RollbackStatus;
  /** The revision of its first event. */
  readonly firstRevision: number;
  /** Other triggers that joined it, by name: they are asked until it ends, whatever Alertmanager says. Absent: none has. */
  readonly joined?: readonly string[];
  /** Why it is `unverified` though it can be seen; absent where it is not, or cannot be seen. */
  readonly unproven?: Unproven;
  /** It has turned nothing down and ended no rollout; absent of one that has, and where that is not known. */
  readonly withoutEffect?: true;
}

/** The triggers that it is about, each once: the one that began it, and those that joined. */
export function triggersOf({
  trigger,
  joined = [],
}: Pick<Rollback, "trigger" | "joined">): readonly string[] {
  return [...new Set([trigger, ...joined])];
}

/** The same with a trigger that joins it; itself where that is known. */
export function joinedBy<R extends Rollback>(rollback: R, trigger: string): R {
  if (triggersOf(rollback).includes(trigger)) return rollback;
  return { ...rollback, joined: [...(rollback.joined ?? []), trigger] };
}

/** A rollback that has ended, as it is remembered. */
export interface PastRollback extends Rollback {
  readonly endedAt: Instant;
  readonly lastRevision: number;
  /** How it reached the clients of each responder; absent when none told. */
  readonly propagation?: readonly Propagation[];
}

/** How many rollbacks that have ended are remembered; the ledger knows of all. */
export const MAX_PAST = 50;
