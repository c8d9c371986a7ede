import type { Counts } from "./counts.ts";
import { LONG_AGO } from "./due.ts";
import type { VerifyPolicy } from "./policy.ts";
import type { Propagation } from "./propagation.ts";
import type { RollbackStatus } from "./rollback.ts";
import type { Duration, Instant } from "./time.ts";
import { type CountedMetric, incidentsOf } from "./verification-counts.ts";

/** How far the verification of the open rollback has come. It changes with every check, and no event tells of that. */
export interface Verification {
  /** When its tier was applied. */
  readonly since: Instant;
  /** When the store had the rollback's first commit; null until that is known. */
  readonly committedAt: Instant | null;
  /** How that commit reached the clients of each responder, as far as they have told. */
  readonly propagation?: readonly Propagation[];
  readonly nextCheckAt: Instant;
  /** Checks since then, each of another sample; of those that saw nothing, all. */
  readonly looks: number;
  /** Good checks in a row, each of another sample. */
  readonly good: number;
  /** Bad ones in a row since it was verified; absent: none. */
  readonly bad?: number;
  /** What was counted of the metrics that know their requests; absent: nothing yet. */
  readonly counted?: readonly CountedMetric[];
  /** The newest sample that was counted, by its own time; absent: none that has one. */
  readonly sampledAt?: Instant;
  readonly last: VerificationCheck | null;
}

export interface VerificationCheck {
  readonly at: Instant;
  /** `not_yet`: what was seen tells of before the rollback, or is too little. */
  readonly verdict: "good" | "bad" | "no_data" | "not_yet";
  readonly why: readonly string[];
}

/** What was seen of an application after a rollback, taken outside of its lock. */
export interface VerifyEvidence {
  /** The rollback that it was taken for; for any other it says nothing. */
  readonly rollback: string;
  readonly takenAt: Instant;
  /** By metric: the value of each of its series, NaN left out; none when there is no data. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  /** Triggers of the rollback whose expression is true now. */
  readonly breached: readonly string[];
  /** Triggers of the rollback whose expression was answered, true or not. */
  readonly answered: readonly string[];
  /** What keeps us from seeing, in words. */
  readonly blindness: readonly string[];
  /** By metric and by trigger: how far back its expression looks. Absent: what it says is of now. */
  readonly looksBack?: ReadonlyMap<string, Duration>;
  /**
   * Of the samples that all this rests on, the newest of each series, the oldest: when it was taken, by Prometheus' clock,
   * and how long ago that is. Absent where no times are known: each look is of its own.
   */
  readonly sampled?: { readonly at: Instant; readonly age: Duration };
  /** Metrics and triggers that are NaN throughout: nobody asks for what they are a share of. */
  readonly idle?: readonly string[];
  /** By metric: what was counted since it was last looked at; absent: it cannot be counted. */
  readonly counts?: ReadonlyMap<string, Counts>;
  /** By trigger: the metric that it asks about in other words, which is judged by its counts. */
  readonly judgedBy?: ReadonlyMap<string, string>;
  /** `up` of each of the application's targets; absent: it was not asked for. */
  readonly up?: readonly number[];
}

/** After the verdict, and while we cannot see, it is looked this often: things may still turn out well. */
const LOOK_AGAIN: Duration = 15_000;

/** @param before the one that this takes the place of */
export function startVerification(
  { startAfter }: VerifyPolicy,
  before: Pick<Verification, "committedAt" | "propagation" | "counted"> | null,
  now: Instant,
): Verification {
  const committedAt = before?.committedAt ?? null;
  const told = before?.propagation === undefined ? {} : { propagation: before.propagation };
  const counted = before?.counted === undefined ? {} : { counted: incidentsOf(before.counted) };
  const begun = { since: now, nextCheckAt: now + startAfter, looks: 0, good: 0, last: null };
  return { ...begun, committedAt, ...told, ...counted };
}

interface Seen {
  readonly now: Instant;
  readonly sampled: VerifyEvidence["sampled"];
  /** All that is judged by its values is good, whatever the counts say yet. */
  readonly isSteady: boolean;
}

export function afterCheck(
  verification: Verification,
  check: VerificationCheck,
  { checkEvery }: VerifyPolicy,
  status: RollbackStatus,
  { now, sampled, isSteady }: Seen,
): Verification & { readonly bad: number } {
  const { sampledAt = LONG_AGO, looks, good, bad = 0 } = verification;
  // The same sample seen again says nothing more.
  const isNew = sampled === undefined || sampled.at > sampledAt;
  const one = isNew ? 1 : 0;
  const isPatient = status === "verified" || (status !== "verifying" && check.verdict !== "good");
  return {
    ...verification,
    nextCheckAt: now + (isPatient ? Math.max(checkEvery, LOOK_AGAIN) : checkEvery),
    // That nothing is seen needs no sample to be known.
    looks: looks + (check.verdict === "no_data" ? 1 : one),
    good: isSteady ? good + one : 0,
    bad: check.verdict === "bad" ? bad + one : 0,
    ...(sampled === undefined ? {} : { sampledAt: Math.max(sampledAt, sampled.at) }),
    last: check,
  };
}
