import { roll } from "./begin-rollback.ts";
import type { CommittedCommand, VerifyCommand } from "./command.ts";
import { type Decision, decided, note } from "./decision.ts";
import { CLOCK, LONG_AGO, MAX_EVIDENCE_AGE, NEVER } from "./due.ts";
import { closing, isOver } from "./episode.ts";
import type { Message } from "./message.ts";
import { nextTier } from "./next-tier.ts";
import type { Policy } from "./policy.ts";
import type { Rollback, RollbackStatus } from "./rollback.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState } from "./state.ts";
import { openSteps } from "./suspects.ts";
import type { Instant } from "./time.ts";
import {
  afterCheck,
  judgeCheck,
  startVerification,
  type Verification,
  type VerificationCheck,
} from "./verification.ts";

/** When the open rollback is to be looked at next; null while there is nothing to verify. */
export function nextVerifyOf(
  { rollback, verification }: ApplicationState,
  now: Instant = NEVER,
): Instant | null {
  if (rollback === null || verification === null || rollback.status === "verified") return null;
  return isOfTheFuture(verification, now) ? LONG_AGO : verification.nextCheckAt;
}

/** The clock has been set back: its times would be waited for. */
function isOfTheFuture({ since }: Verification, now: Instant): boolean {
  return since > now;
}

/**
 * One look at whether a rollback has helped. It has after so many good checks in a row. When time is up without them,
 * the next tier is tried where things are known to be bad; where nothing can be seen people are called, and nothing
 * more is turned down until it is seen to be bad.
 */
export function decideVerify(
  state: ApplicationState,
  { evidence }: VerifyCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const { rollback, verification } = state;
  const due = nextVerifyOf(state, now);
  if (rollback === null || verification === null || due === null || due > now) return note();
  if (isOfTheFuture(verification, now))
    return note({ kind: "verification", value: startVerification(policy.verify, verification, now) });
  if (evidence.rollback !== rollback.id || now - evidence.takenAt > MAX_EVIDENCE_AGE) return note();
  // Taken before this check was due, it has been judged by another one, or tells of what was before this tier.
  if (evidence.takenAt < due) return note();
  const check = judgeCheck(evidence, policy);
  const isJudged = rollback.status !== "verifying";
  const timeIsUp = now >= verification.since + policy.verify.giveUpAfter;
  const seen = afterCheck(verification, check, policy.verify, isJudged, now);
  const looked = { state, rollback, policy, now, check, seen };
  if (seen.good >= policy.verify.goodChecksInARow) return verified(looked);
  // Somebody who was away, or whose clock is ahead, has not seen enough yet.
  const isSeen = seen.looks >= policy.verify.goodChecksInARow;
  if (timeIsUp && isSeen && check.verdict === "bad" && rollback.status !== "failed") return hasFailed(looked);
  if (timeIsUp && isSeen && check.verdict === "no_data" && !isJudged) return cannotTell(looked);
  return note({ kind: "verification", value: seen });
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
  readonly seen: Verification;
}

function verified(looked: Looked): Decision {
  const { state, rollback, now, seen } = looked;
  const next: Rollback = { ...rollback, status: "verified", verifiedAt: now, committedAt: seen.committedAt };
  const ended = isOver(next, state.alerts.size);
  const detail = `${seen.good} good checks in a row`;
  const event = eventIn(looked, "verified", detail, ended);
  return decided(
    event,
    ended
      ? closing(state, next, state.revision + 1, now)
      : [
          { kind: "rollback", value: next },
          { kind: "verification", value: seen },
        ],
    [messageIn(looked, "verified", detail, false)],
  );
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
  reason: "verified" | "verification_failed" | "unverified",
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
