import type { AlertTexts } from "./alert.ts";
import type { FlagChange } from "./flag.ts";
import type { Reading } from "./judge.ts";
import type { Reason } from "./reason.ts";
import type { RolloutStatus } from "./rollout.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";
import type { Unchanged } from "./unchanged.ts";

/** What a decision writes into the ledger: at least one for every decision that changed anything. */
export interface EventBody {
  readonly at: Instant;
  /** `alertmanager`, `clock`, `reconcile`, or an operator's name. */
  readonly actor: string;
  readonly reason: Reason;
  readonly rollback: string | null;
  readonly tier: TierName | null;
  readonly alert: EventAlert | null;
  readonly flags: readonly FlagChange[];
  /** Percent of users before and after; null when the decision turned nothing down. */
  readonly traffic: { readonly before: number; readonly after: number } | null;
  /** This event closed the rollback. */
  readonly ended: boolean;
  /** The rollout, as it was afterwards; null when the decision was none of its business. */
  readonly rollout: EventRollout | null;
  /** What the gate had seen; empty when it was not asked. */
  readonly gate: readonly Reading[];
  /** Why, in words. */
  readonly detail: string | null;
  /** What had been decided since the event before, and changed nothing. */
  readonly unchanged: readonly Unchanged[];
}

export interface EventRollout {
  readonly id: string;
  readonly plan: string;
  /** Counted from 1. */
  readonly stage: number;
  readonly stages: number;
  readonly name: string;
  readonly status: RolloutStatus;
}

export interface EventAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly startsAt: Instant;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent where it says nothing, and where nothing was done for it. */
  readonly texts?: AlertTexts;
}

/** An event of the ledger: append-only, ordered, gap-free; its revision is its number, from 1. */
export interface LedgerEvent extends EventBody {
  readonly revision: number;
}
