import type { GateCriterion } from "./gate.ts";
import { actsAtOnce, judgedInWords, judgeValue, worstValue } from "./judge.ts";
import type { Policy, VerifyPolicy } from "./policy.ts";
import type { Propagation } from "./propagation.ts";
import type { Duration, Instant } from "./time.ts";

/** How far the verification of the open rollback has come. It changes with every check, and no event tells of that. */
export interface Verification {
  /** When its tier was applied. */
  readonly since: Instant;
  /** When the store had the rollback's first commit; null until that is known. */
  readonly committedAt: Instant | null;
  /** How that commit reached the clients of each responder, as far as they have told. */
  readonly propagation?: readonly Propagation[];
  readonly nextCheckAt: Instant;
  /** Checks since then. */
  readonly looks: number;
  /** Good checks in a row. */
  readonly good: number;
  readonly last: VerificationCheck | null;
}

export interface VerificationCheck {
  readonly at: Instant;
  readonly verdict: "good" | "bad" | "no_data";
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
}

/** After the verdict, and while we cannot see, it is looked this often: things may still turn out well. */
const LOOK_AGAIN: Duration = 15_000;

/** @param before the one that this takes the place of */
export function startVerification(
  { startAfter }: VerifyPolicy,
  before: Pick<Verification, "committedAt" | "propagation"> | null,
  now: Instant,
): Verification {
  const committedAt = before?.committedAt ?? null;
  const told = before?.propagation === undefined ? {} : { propagation: before.propagation };
  return { since: now, committedAt, ...told, nextCheckAt: now + startAfter, looks: 0, good: 0, last: null };
}

/** What a rollback is judged by: the metrics of the policy's gate that Prometheus knows, one check at a time. */
export function verifyCriteria({ verify, gates }: Policy): readonly GateCriterion[] {
  const criteria = gates.get(verify.gate)?.criteria ?? [];
  return criteria.filter((criterion) => criterion.source === "prometheus" && actsAtOnce(criterion));
}

/** Bad outdoes no data: what is known to be wrong is wrong whatever else cannot be seen. */
export function judgeCheck(evidence: VerifyEvidence, policy: Policy): VerificationCheck {
  const { values, breached, blindness, takenAt: at } = evidence;
  const bad = breached.map((alert) => `${alert} is still true`);
  const missing = [...blindness];
  for (const criterion of verifyCriteria(policy)) {
    const value = worstValue(criterion, values.get(criterion.metric) ?? []);
    if (value === undefined) missing.push(`no data for ${criterion.metric}`);
    else if (judgeValue(criterion, value) === "red") bad.push(judgedInWords(criterion, value, "red"));
  }
  if (verifyCriteria(policy).length === 0 && evidence.answered.length === 0)
    missing.push(
      `nothing tells whether it has helped: the gate "${policy.verify.gate}" has no metric, and no trigger was asked`,
    );
  if (bad.length > 0) return { at, verdict: "bad", why: bad };
  return missing.length > 0 ? { at, verdict: "no_data", why: missing } : { at, verdict: "good", why: [] };
}

export function afterCheck(
  verification: Verification,
  check: VerificationCheck,
  { checkEvery }: VerifyPolicy,
  isOver: boolean,
  now: Instant,
): Verification {
  return {
    ...verification,
    nextCheckAt: now + (isOver && check.verdict !== "good" ? Math.max(checkEvery, LOOK_AGAIN) : checkEvery),
    looks: verification.looks + 1,
    good: check.verdict === "good" ? verification.good + 1 : 0,
    last: check,
  };
}
