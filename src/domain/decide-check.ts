import { afterGoodCheck, type Bake, counting } from "./bake.ts";
import { newRollback, roll } from "./begin-rollback.ts";
import type { CheckCommand } from "./command.ts";
import { comparedUsers } from "./compared-users.ts";
import { NOT_COUNTED } from "./counting.ts";
import { type Decision, note } from "./decision.ts";
import { CLOCK, LONG_AGO, MAX_EVIDENCE_AGE, NEVER } from "./due.ts";
import { anew, gateOf } from "./enter-stage.ts";
import type { Evidence } from "./evidence.ts";
import type { Gate } from "./gate.ts";
import { countedWith, isSequential, notCounted, tooFew } from "./gate-counts.ts";
import { cannotSee, goOn, type Held, hold } from "./hold-stage.ts";
import {
  actsAtOnce,
  certainByCounts,
  type Judgement,
  judgedInWords,
  judgeGate,
  judgeValue,
  readingsOf,
  worstValue,
} from "./judge.ts";
import { doubtsOf, isShareMismatch } from "./judging/share-mismatch.ts";
import type { Policy } from "./policy.ts";
import { decidePromotion } from "./promotion.ts";
import { isActive, type Rollout, stageOf } from "./rollout.ts";
import type { ApplicationState } from "./state.ts";
import type { Duration, Instant } from "./time.ts";

/** A stage that was looked at, and what follows from it. */
interface Check extends Held {
  readonly state: ApplicationState;
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
  const few = tooFew(evidence, gate);
  const counted = counting(bake, countedWith(bake.counting ?? NOT_COUNTED, evidence, gate, rollout), few);
  const users = comparedUsers(evidence, gate, rollout);
  const baking = users === undefined ? counted : { ...counted, users };
  const check: Check = { state, rollout, bake: baking, gate, policy, now, takenAt, early };
  const readings = valuesOf(gate, evidence, few);
  const red = [...redOnes(gate, readings), ...certainByCounts("red", gate, baking, rollout)];
  if (red.length > 0) return rollBack(check, afterGoodCheck(baking, readings, takenAt, true), red);
  const uncounted = notCounted(baking.counting ?? NOT_COUNTED, evidence, gate);
  const missing = [...evidence.blindness, ...withoutData(gate, readings, few), ...uncounted];
  if (missing.length > 0) return cannotSee(rollout, baking, missing, now);
  return see(check, readings);
}

/** Of what is judged by its values; those that rest on too few requests are left out. */
function valuesOf(gate: Gate, evidence: Evidence, few: ReadonlyMap<string, number>): Map<string, number> {
  const values = new Map<string, number>();
  for (const criterion of gate.criteria) {
    if (isSequential(criterion) || few.has(criterion.metric)) continue;
    const value = worstValue(criterion, evidence.values.get(criterion.metric) ?? []);
    if (value !== undefined) values.set(criterion.metric, value);
  }
  return values;
}

function withoutData(
  gate: Gate,
  readings: ReadonlyMap<string, number>,
  few: ReadonlyMap<string, number>,
): string[] {
  return gate.criteria
    .filter((criterion) => !isSequential(criterion))
    .filter(({ metric }) => !readings.has(metric) && !few.has(metric))
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

/** Everything had data, and nothing is red. */
function see(check: Check, readings: ReadonlyMap<string, number>): Decision {
  const { rollout, gate, now, takenAt } = check;
  const begun = rollout.blind !== null ? afterBlindness(check) : check.bake;
  const bake = afterGoodCheck(begun, readings, takenAt, check.early);
  const seen = { ...check, bake };
  const shared = certainByCounts("shared_cause", gate, bake, rollout);
  if (shared.length > 0) return hold(seen, "shared_cause", shared);
  const judgement = isOver(rollout, bake, now) ? judgeGate(gate, bake, rollout) : null;
  const decision = judgement === null ? null : judge(seen, judgement);
  if (decision !== null) return decision;
  const end = soonestEnd(rollout, bake, now);
  const waiting = {
    ...bake,
    nextSampleAt: Math.min(bake.nextSampleAt, end),
    nextCheckAt: Math.min(bake.nextCheckAt, end),
  };
  return goOn({ ...check, bake: waiting });
}

/** What was seen before still counts, unless the policy wants the whole bake again. */
function afterBlindness({ bake, rollout, policy, now }: Check): Bake {
  if (policy.rollout.afterBlindness === "continue") return bake;
  return { ...anew(bake, rollout, policy, now, bake.needed), countFrom: null };
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

/** @returns null while there is not enough to decide on */
function judge(check: Check, { verdict, why }: Judgement): Decision | null {
  const { bake, rollout, gate } = check;
  if (verdict === "red") return rollBack(check, bake, why);
  if (verdict === "green") return allIsGreen(check, why);
  const wait = gate.notEnoughAfter ?? NOT_ENOUGH * stageOf(rollout).bake;
  return verdict === "not_enough" && bake.seen < wait ? null : hold(check, verdict, why);
}

/** Where others were compared than the percentage draws nobody knows what green means: an operator has to look. */
function allIsGreen(check: Check, notes: readonly string[]): Decision {
  const { rollout, bake } = check;
  const [doubts, isDoubtful] =
    bake.users === undefined ? [[], false] : [doubtsOf(bake.users), isShareMismatch(bake.users)];
  const why = ["all green", ...notes, ...doubts].join("; ");
  if (stageOf(rollout).approval || isDoubtful)
    return hold(check, "approval", [`${why}: it waits for an operator to approve it`]);
  return decidePromotion({
    ...check,
    rollout: { ...rollout, blind: null },
    actor: CLOCK,
    reason: "promoted",
    why,
  });
}

/** With evidence enough missing for so many bakes, people are told. */
const NOT_ENOUGH = 1.5;

/** A red gate takes all traffic back: the tier safe-state, in the name of the clock. No alert has to resolve for it. */
function rollBack(check: Check, bake: Bake, why: readonly string[]): Decision {
  const { state, gate, policy, now, rollout } = check;
  const beginning = { tier: "safe-state", trigger: "gate", flags: [], startedBy: CLOCK } as const;
  const told = { gate: readingsOf(gate, bake, rollout) };
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
