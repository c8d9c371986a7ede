import type { Propagation } from "./propagation.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** Whether it is known to have helped. `failed`: not even the most severe tier did. */
export const ROLLBACK_STATUSES = ["verifying", "verified", "unverified", "failed"] as const;

export type RollbackStatus = (typeof ROLLBACK_STATUSES)[number];

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
  /** It has turned nothing down and ended no rollout; absent of one that has, and where that is not known. */
  readonly withoutEffect?: true;
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
