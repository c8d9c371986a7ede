import { roll } from "./begin-rollback.ts";
import { redAgain } from "./comeback.ts";
import type { CommittedCommand, VerifyCommand } from "./command.ts";
import { type Decision, decided, note } from "./decision.ts";
import { CLOCK, LONG_AGO, MAX_EVIDENCE_AGE, NEVER } from "./due.ts";
import { closing, isOver } from "./episode.ts";
import { exposuresOf, settingsOf } from "./flag.ts";
import type { Message } from "./message.ts";
import { nextTier } from "./next-tier.ts";
import type { Policy } from "./policy.ts";
import type { Rollback, RollbackStatus, Unproven } from "./rollback.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState } from "./state.ts";
import { openSteps } from "./suspects.ts";
import type { Instant } from "./time.ts";
import {
  afterCheck,
  startVerification,
  type Verification,
  type VerificationCheck,
  type VerifyEvidence,
} from "./verification.ts";
import { judgeEvidence, verifyCriteria } from "./verification-check.ts";
import { type CountedMetric, foldCounts, incidentsOf, redShareOf } from "./verification-counts.ts";

/** When the open rollback is to be looked at next; null while there is nothing to verify. */
export function nextVerifyOf(state: ApplicationState, now: Instant = NEVER): Instant | null {
  return state.rollback?.status === "verified" ? null : nextLookAtRollback(state, now);
}

/** The same, also once it is verified: it is watched until it ends. */
export function nextLookAtRollback(
  { rollback, verification }: ApplicationState,
  now: Instant = NEVER,
): Instant | null {
  if (rollback === null || verification === null) return null;
  return isOfTheFuture(verification, now) ? LONG_AGO : verification.nextCheckAt;
}

/** The clock has been set back: its times would be waited for. */
function isOfTheFuture({ since }: Verification, now: Instant): boolean {
  return since > now;
}

/**
 * One look at whether a rollback has helped. It has after so many good checks in a row. When time is up without them,
 * the next tier is tried where things are known to be bad; where nothing can be seen people are called, and nothing
 * more is turned down until it is seen to be bad. It is looked on until it ends: what is as often bad is verified again.
 */
export function decideVerify(
  state: ApplicationState,
  { evidence }: VerifyCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const { rollback, verification } = state;
  const due = nextLookAtRollback(state, now);
  if (rollback === null || verification === null || due === null || due > now) return note();
  if (isOfTheFuture(verification, now))
    return note({ kind: "verification", value: startVerification(policy.verify, verification, now) });
  if (evidence.rollback !== rollback.id || now - evidence.takenAt > MAX_EVIDENCE_AGE) return note();
  // Taken before this check was due, it has been judged by another one, or tells of what was before this tier.
  if (evidence.takenAt < due) return note();
  const counted = countedSince(rollback, verification, evidence, policy);
  const judged = judgeEvidence(evidence, policy, {
    since: verification.since,
    isStopped: isStopped(state, policy),
    counted,
  });
  const { check, looksBack, isSteady, unproven } = judged;
  const isJudged = rollback.status !== "verifying";
  // What looks back needs as long until it tells anything: a cure must not be taken for a failure meanwhile.
  const timeIsUp = now >= verification.since + policy.verify.giveUpAfter + looksBack;
  const { sampled } = evidence;
  const before = counted.length === 0 ? verification : { ...verification, counted };
  const seen = afterCheck(before, check, policy.verify, rollback.status, { now, sampled, isSteady });
  const looked = { state, rollback, policy, now, check, seen };
  if (rollback.status === "verified") return watched(looked, judged.hasNotHelped);
  if (check.verdict === "good" && seen.good >= policy.verify.goodChecksInARow) return verified(looked);
  const hasMore = rollback.status !== "failed";
  if (hasMore && judged.hasNotHelped) return hasFailed(looked);
  // Somebody who was away, or whose clock is ahead, has not seen enough yet.
  const isSeen = seen.looks >= policy.verify.goodChecksInARow;
  if (timeIsUp && isSeen && judged.isWrong && hasMore) return hasFailed(looked);
  if (timeIsUp && isSeen && check.verdict === "no_data" && !isJudged) return cannotTell(looked);
  const isUndecided = unproven !== null && !judged.isWrong && check.verdict !== "no_data";
  const mayWait = Math.max(policy.verify.giveUpAfter, unproven?.wait ?? 0);
  if (isUndecided && isSeen && !isJudged && now >= verification.since + mayWait)
    return notProven(looked, unproven.is);
  return note({ kind: "verification", value: seen });
}

/** With what was counted since the last look. Once it is verified it is counted anew. */
function countedSince(
  { startedAt, verifiedAt, status }: Rollback,
  { since, counted = [] }: Verification,
  { counts }: VerifyEvidence,
  policy: Policy,
): readonly CountedMetric[] {
  if (counts === undefined) return counted;
  const isJudged = status === "unverified" || status === "failed";
  const when = { base: verifiedAt ?? since, startedAt, isJudged };
  const known = new Map(counted.map((one) => [one.metric, one]));
  for (const criterion of verifyCriteria(policy)) {
    const { metric } = criterion;
    const reds = [redShareOf(criterion)].filter((red) => red !== null);
    const all = [counts.get(metric)].filter((found) => found !== undefined);
    for (const red of reds)
      for (const found of all) known.set(metric, foldCounts(known.get(metric), { metric, red }, found, when));
  }
  return [...known.values()];
}

/** Nobody is sent to the new way any more. */
function isStopped({ flags }: ApplicationState, policy: Policy): boolean {
  return exposuresOf(policy.flags, settingsOf(policy.flags, flags)).get(policy.application.trafficFlag) === 0;
}

/** It had helped. As many bad checks in a row as it took good ones are no lull in the other direction. */
function watched(looked: Looked, hasNotHelped: boolean): Decision {
  const { rollback, policy, now, check, seen } = looked;
  if (!hasNotHelped && seen.bad < policy.verify.goodChecksInARow)
    return note({ kind: "verification", value: seen });
  const verifiedAt = rollback.verifiedAt as Instant;
  const detail = `${redAgain(now - verifiedAt)}, and is verified again: ${check.why.join("; ")}`;
  return decided(
    eventIn(looked, "reopened", detail, false),
    [
      { kind: "rollback", value: { ...rollback, status: "verifying", verifiedAt: null } },
      { kind: "verification", value: startVerification(policy.verify, seen, now) },
    ],
    [messageIn(looked, "reopened", detail, false)],
  );
}

/** For the timeline: the store had it then. */
export function noteCommitted(
  { rollback, verification }: ApplicationState,
  { rollback: id, at }: CommittedCommand,
): Decision {
  if (rollback?.id !== id || verification === null || verification.committedAt !== null) return note();
  return note({ kind: "verification", value: { ...verification, committedAt: at } });
}

interface Looked {
  readonly state: ApplicationState;
  readonly rollback: Rollback;
  readonly policy: Policy;
  readonly now: Instant;
  readonly check: VerificationCheck;
  readonly seen: ReturnType<typeof afterCheck>;
}

function verified(looked: Looked): Decision {
  const { state, rollback, now, check, seen } = looked;
  const { unproven: _, ...rest } = rollback;
  const next: Rollback = { ...rest, status: "verified", verifiedAt: now, committedAt: seen.committedAt };
  const ended = isOver(next, state.alerts.size);
  const detail = [`${seen.good} good checks in a row`, ...check.why].join("; ");
  const event = eventIn(looked, "verified", detail, ended);
  return decided(
    event,
    ended
      ? closing(state, next, state.revision + 1, now)
      : [
          { kind: "rollback", value: next },
          { kind: "verification", value: { ...seen, ...anew(seen) } },
        ],
    [messageIn(looked, "verified", detail, false)],
  );
}

function anew({ counted }: Verification): Pick<Verification, "counted"> {
  return counted === undefined ? {} : { counted: incidentsOf(counted) };
}

/** It did not help. The next tier is part of the same commit: a crash in between must not leave it undone. */
function hasFailed(looked: Looked): Decision {
  const { state, rollback, policy, now, check } = looked;
  const why = check.why.join("; ");
  const next = nextStep(looked);
  if (next === null) return settled(looked, "failed", `no tier helped: ${why}`);
  const failed = eventIn(looked, "verification_failed", `${rollback.tier} did not help: ${why}`, false);
  const escalated = roll({
    state,
    policy,
    now,
    rollback: { ...rollback, ...next.step, escalatedAt: now },
    kind: "escalated",
    actor: CLOCK,
    detail: next.detail,
  });
  return {
    ...escalated,
    reason: "verification_failed",
    detail: failed.detail,
    events: [failed, ...escalated.events],
  };
}

interface NextStep {
  readonly step: Partial<Pick<Rollback, "tier" | "flags" | "suspects">>;
  readonly detail: string;
}

/** Other suspects before another tier. Null: everything was tried. */
function nextStep({ state, rollback, policy }: Looked): NextStep | null {
  const { tier, flags, suspects } = rollback;
  const [accused, ...later] = tier === "flag" ? openSteps(suspects, state, policy) : [];
  if (accused !== undefined)
    return {
      step: { flags: [...flags, ...accused], suspects: later },
      detail: `turning off ${flags.join(", ")} did not help: ${accused.join(", ")} next`,
    };
  const next = nextTier(state, rollback, policy);
  return next === null ? null : { step: { tier: next }, detail: `${tier} did not help` };
}

function cannotTell(looked: Looked): Decision {
  const missing = looked.check.why.join("; ");
  return settled(looked, "unverified", `it cannot be seen whether it helped: ${missing}`);
}

/**
 * As many requests as a cure usually takes to be proven have come, or half an hour has passed: it is said, and watched on.
 * Nobody is called for too few of them; for what is much better, and not well, somebody is. No tier more is tried for either.
 */
function notProven(looked: Looked, unproven: Unproven): Decision {
  const detail = `it is not proven that it helped, and it is watched on: ${looked.check.why.join("; ")}`;
  const decision = settled({ ...looked, rollback: { ...looked.rollback, unproven } }, "unverified", detail);
  if (unproven === "improved") return decision;
  return {
    ...decision,
    messages: decision.messages.map((message) => ({ ...message, page: false, quiet: true })),
  };
}

/** People are called; what was turned down stays so, and it is looked on: things may still turn out well. */
function settled(
  looked: Looked,
  status: Extract<RollbackStatus, "failed" | "unverified">,
  detail: string,
): Decision {
  const { rollback, seen } = looked;
  const reason = status === "failed" ? "verification_failed" : "unverified";
  return decided(
    eventIn(looked, reason, detail, false),
    [
      { kind: "rollback", value: { ...rollback, status } },
      { kind: "verification", value: seen },
    ],
    [messageIn(looked, status, detail, true)],
  );
}

function eventIn(
  { rollback, now }: Looked,
  reason: "verified" | "verification_failed" | "unverified" | "reopened",
  detail: string,
  ended: boolean,
) {
  return eventOf({
    at: now,
    actor: CLOCK,
    reason,
    rollback: rollback.id,
    tier: rollback.tier,
    ended,
    detail,
  });
}

function messageIn({ rollback, now }: Looked, kind: Message["kind"], detail: string, page: boolean): Message {
  return {
    subject: rollback.id,
    kind,
    at: now,
    tier: rollback.tier,
    alert: null,
    flags: [],
    rollout: null,
    detail,
    page,
  };
}
