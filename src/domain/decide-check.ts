import { afterBlindCheck, afterGoodCheck, type Bake } from "./bake.ts";
import { newRollback, roll } from "./begin-rollback.ts";
import type { CheckCommand } from "./command.ts";
import { type Decision, decided, note } from "./decision.ts";
import { CLOCK, LONG_AGO, MAX_EVIDENCE_AGE, NEVER } from "./due.ts";
import { bakeOf, gateOf } from "./enter-stage.ts";
import type { Evidence } from "./evidence.ts";
import type { Gate } from "./gate.ts";
import {
  actsAtOnce,
  type Judgement,
  judgedInWords,
  judgeGate,
  judgeValue,
  readingsOf,
  worstValue,
} from "./judge.ts";
import type { Policy } from "./policy.ts";
import { decidePromotion } from "./promotion.ts";
import { isActive, type Rollout, stageOf } from "./rollout.ts";
import { eventOf, eventRolloutOf, rolloutMessage } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Duration, Instant } from "./time.ts";

/** A stage that was looked at, and what follows from it. */
interface Check {
  readonly state: ApplicationState;
  readonly rollout: Rollout;
  readonly bake: Bake;
  readonly gate: Gate;
  readonly policy: Policy;
  readonly now: Instant;
  /** When it was looked at: the bake's time is that of the evidence, however long the lock had to be waited for. */
  readonly takenAt: Instant;
  /** Somebody asked for it, before it was due. */
  readonly early: boolean;
}

/** When the stage is to be looked at next; null while no rollout moves. */
export function nextCheckOf({ rollout, bake }: ApplicationState, now: Instant = NEVER): Instant | null {
  if (!isActive(rollout) || rollout.pausedAt !== null || bake === null) return null;
  // It is looked at once a minute: the clock has been set back, and that time would be waited for.
  return bake.nextCheckAt > now + FAR_OFF ? LONG_AGO : bake.nextCheckAt;
}

const FAR_OFF: Duration = 10 * 60_000;
/**
 * One look at a stage: it promotes, holds or rolls back, or only counts. Of several responders who looked at the same
 * time the first one decides, because after it no check is due.
 */
export function decideCheck(
  state: ApplicationState,
  { evidence, early = false }: CheckCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const { rollout, bake } = state;
  const due = nextCheckOf(state, now);
  if (!isActive(rollout) || bake === null || due === null || (due > now && !early)) return note();
  if (evidence.rollout !== rollout.id || evidence.stage !== rollout.stage) return note();
  // Taken before this check was due, it has been judged by another one, or vouches for nothing since that.
  const lastLook = early ? (bake.lastGoodAt ?? 0) : due;
  if (evidence.takenAt < lastLook || now - evidence.takenAt > MAX_EVIDENCE_AGE) return note();
  const gate = gateOf(rollout, policy);
  if (gate === undefined)
    return cannotSee(
      rollout,
      bake,
      [`the gate "${stageOf(rollout).gate}" is not in the policy any more`],
      now,
    );
  const takenAt = Math.min(evidence.takenAt, now);
  const check: Check = { state, rollout, bake, gate, policy, now, takenAt, early };
  const readings = valuesOf(gate, evidence);
  const red = redOnes(gate, readings);
  if (red.length > 0) return rollBack(check, afterGoodCheck(bake, readings, takenAt, true), red);
  const missing = [...evidence.blindness, ...withoutData(gate, readings)];
  if (missing.length > 0) return cannotSee(rollout, bake, missing, now);
  return see(check, readings);
}

function valuesOf(gate: Gate, evidence: Evidence): Map<string, number> {
  const values = new Map<string, number>();
  for (const criterion of gate.criteria) {
    const value = worstValue(criterion, evidence.values.get(criterion.metric) ?? []);
    if (value !== undefined) values.set(criterion.metric, value);
  }
  return values;
}

function withoutData(gate: Gate, readings: ReadonlyMap<string, number>): string[] {
  return gate.criteria
    .filter(({ metric }) => !readings.has(metric))
    .map(({ metric }) => `no data for ${metric}`);
}

/** A single check that is red decides at once: waiting for the end of the bake would change nothing but the damage. */
function redOnes(gate: Gate, readings: ReadonlyMap<string, number>): string[] {
  return gate.criteria.flatMap((criterion) => {
    const value = readings.get(criterion.metric);
    if (value === undefined || !actsAtOnce(criterion) || judgeValue(criterion, value) !== "red") return [];
    return [judgedInWords(criterion, value, "red")];
  });
}

function cannotSee(rollout: Rollout, bake: Bake, missing: readonly string[], now: Instant): Decision {
  const noted: StateChange = { kind: "bake", value: afterBlindCheck(bake, missing, now) };
  if (rollout.blind !== null) return note(noted);
  const detail = `blind: ${missing.join("; ")}`;
  const next: Rollout = {
    ...rollout,
    blind: { since: now, missing },
    lastDecision: { at: now, reason: "held", detail, actor: CLOCK },
  };
  const event = eventOf({
    at: now,
    actor: CLOCK,
    reason: "held",
    detail,
    rollout: eventRolloutOf(next),
  });
  return decided(
    event,
    [{ kind: "rollout", value: next }, noted],
    [rolloutMessage("blind", next, event, true)],
  );
}

/** Everything had data, and nothing is red. */
function see(check: Check, readings: ReadonlyMap<string, number>): Decision {
  const { rollout, gate, now, takenAt } = check;
  const begun = rollout.blind !== null ? afterBlindness(check) : check.bake;
  const bake = afterGoodCheck(begun, readings, takenAt, check.early);
  const judgement = isOver(rollout, bake, now) ? judgeGate(gate, bake.samples) : null;
  if (judgement !== null) return judge({ ...check, bake }, judgement);
  const end = soonestEnd(rollout, bake, now);
  const waiting = {
    ...bake,
    nextSampleAt: Math.min(bake.nextSampleAt, end),
    nextCheckAt: Math.min(bake.nextCheckAt, end),
  };
  const noted: StateChange = { kind: "bake", value: waiting };
  if (rollout.blind === null) return note(noted);
  const detail = "everything has data again";
  const next: Rollout = {
    ...rollout,
    blind: null,
    lastDecision: { at: now, reason: "resumed", detail, actor: CLOCK },
  };
  const event = eventOf({
    at: now,
    actor: CLOCK,
    reason: "resumed",
    detail,
    rollout: eventRolloutOf(next),
    gate: readingsOf(gate, bake.samples),
  });
  return decided(
    event,
    [{ kind: "rollout", value: next }, noted],
    [rolloutMessage("seeing_again", next, event)],
  );
}

/** What was seen before still counts, unless the policy wants the whole bake again. */
function afterBlindness({ bake, rollout, policy, now }: Check): Bake {
  if (policy.rollout.afterBlindness === "continue") return bake;
  return { ...bakeOf(rollout, policy, now, bake.needed), countFrom: null };
}

/** The bake is done, and it is the next stage's time. */
function isOver(rollout: Rollout, bake: Bake, now: Instant): boolean {
  return bake.seen >= bake.needed && now >= stepAt(rollout);
}

/** When the next stage may begin at the earliest; the end of the last one waits for nothing. */
function stepAt({ plan, stage, stageStartedAt }: Rollout): Instant {
  const isLast = stage + 1 >= plan.stages.length;
  return isLast ? stageStartedAt : stageStartedAt + (plan.stepEvery ?? 0);
}

/** A bake that is done waits for the step's time, and is looked at once more just then. */
function soonestEnd(rollout: Rollout, bake: Bake, now: Instant): Instant {
  const step = stepAt(rollout);
  return bake.seen >= bake.needed && step > now ? step : Number.POSITIVE_INFINITY;
}

function judge(check: Check, { verdict, why }: Judgement): Decision {
  const { bake, rollout } = check;
  if (verdict === "red") return rollBack(check, bake, why);
  if (verdict === "yellow") return hold(check, "yellow", why);
  if (stageOf(rollout).approval)
    return hold(check, "approval", ["all green: it waits for an operator to approve it"]);
  return decidePromotion({
    ...check,
    rollout: { ...rollout, blind: null },
    actor: CLOCK,
    reason: "promoted",
    why: "all green",
  });
}

/** After a yellow verdict the stage bakes anew, for as long as the gate says; for an approval it is only watched. */
function hold(check: Check, kind: "yellow" | "approval", why: readonly string[]): Decision {
  const { rollout, gate, policy, bake, now } = check;
  const baking = kind === "yellow" ? bakeOf(rollout, policy, now, gate.holdFor) : bake;
  const noted: StateChange = { kind: "bake", value: baking };
  if (kind === "approval" && rollout.hold?.kind === "approval" && rollout.blind === null) return note(noted);
  const detail = why.join("; ");
  const next: Rollout = {
    ...rollout,
    blind: null,
    hold: { kind, since: now, why },
    lastDecision: { at: now, reason: "held", detail, actor: CLOCK },
  };
  const event = eventOf({
    at: now,
    actor: CLOCK,
    reason: "held",
    detail,
    rollout: eventRolloutOf(next),
    gate: readingsOf(gate, bake.samples),
  });
  return decided(event, [{ kind: "rollout", value: next }, noted], [rolloutMessage("held", next, event)]);
}

/** A red gate takes all traffic back: the tier safe-state, in the name of the clock. No alert has to resolve for it. */
function rollBack(check: Check, bake: Bake, why: readonly string[]): Decision {
  const { state, gate, policy, now } = check;
  const beginning = { tier: "safe-state", trigger: "gate", flags: [], startedBy: CLOCK } as const;
  const told = { gate: readingsOf(gate, bake.samples) };
  return roll({
    state,
    policy,
    now,
    rollback: newRollback(state, beginning, now),
    kind: "rolled_back",
    actor: CLOCK,
    detail: why.join("; "),
    told,
  });
}
