import type { CountBlock, Counts, CountsBefore } from "../counts.ts";
import type { Duration, Instant } from "../time.ts";
import { BLOCK, NONE, plus, since, type Tally, tallyOf } from "./block.ts";
import { everAtMost, LEAST_CONTROL_AN_HOUR, usualOf, wilson } from "./compare.ts";
import { dispersionOf } from "./dispersion.ts";
import { type Lately, notBelowLately, type Part, withBlock } from "./lately.ts";
import { evidenceSoFar, foldRed, isRed, leansRed, type RedState, shareOfAlpha, startRed } from "./red.ts";
import { logEvidenceAbove, logEvidenceBelow, neededForGreen, upperBound } from "./share-test.ts";
import type { Shares } from "./shares.ts";

/** What a criterion is judged by in one stage: to be made anew from the gate and the plan at every look. */
export interface JudgeTerms extends Shares {
  readonly yellow: "as-before" | "hold";
  /** The chance that a healthy rollout is red by mistake: 0.05. */
  readonly alpha: number;
  /** Sequential criteria of the gate, and stages of the plan: the red tests that share it. */
  readonly criteria: number;
  readonly stages: number;
  readonly bake: Duration;
}

/** What was counted for one criterion in one stage. Plain data, a few hundred bytes as JSON. */
export interface CountState {
  /** Blocks that begin earlier are counted already, or are not to be. */
  readonly until: Instant;
  /** Of the two hours before the stage. */
  readonly dispersion: number;
  /** The share that is as it was in the 24 hours before; null when nothing is known of them. */
  readonly usual: number | null;
  /** All requests of the stage, or those of the treatment where it is compared. */
  readonly judged: Tally;
  /** The same without what bad moments have too much of. */
  readonly lasting: Tally;
  readonly overLimit: RedState;
  /** The same requests as they followed one another, newest first; absent: counted by a version that did not ask. */
  readonly parts?: readonly Part[];
  /** Since the percentage last changed; null where it is not compared. */
  readonly compared: ComparedState | null;
}

interface ComparedState {
  /** Without what bad moments have too much of. */
  readonly treatment: Tally;
  readonly control: Tally;
  /** How many blocks that was. */
  readonly blocks: number;
  readonly overControl: RedState;
  readonly controlOverLimit: RedState;
}

/** From bad to good; `shared_cause`: red, and so are those without the change: hold and page, roll nothing back. */
export type CountVerdict = "red" | "shared_cause" | "yellow" | "green" | "not_enough";

export interface CountJudgement {
  readonly verdict: CountVerdict;
  /** What a red or yellow verdict was held against. */
  readonly by: "limit" | "control" | "before";
  /** Green though above the green limit: it was so before, or without the change. */
  readonly asBefore: boolean;
  /** It is to be compared, and there is too little control to compare it with: the limit judges alone. */
  readonly isAlone: boolean;
  /** How much of the evidence that red needs is there: 0 … 1. */
  readonly redness: number;
  /** All requests of the stage prove that it is green, and the newest ones do not. */
  readonly lately?: Lately;
}

/**
 * One day is not like the other. Simulated, with rates that scatter by a fifth from day to day: held against yesterday's
 * share itself, up to 43 % of healthy stages are worse; against half as much again at most 7 %.
 */
const DAY_TO_DAY = 1.5;

/**
 * @param from the stage's start, and what its gate lets it settle for
 * @param before what was counted before the rollout, where it is known
 */
export function startCounts(terms: JudgeTerms, from: Instant, before: CountsBefore | null): CountState {
  const red = startRed({ alpha: alphaOfRed(terms), bake: terms.bake });
  const dispersion = dispersionOf(before?.blocks ?? []);
  const day = scaled(tallyOf(before?.day ?? NONE), dispersion);
  return {
    until: from,
    dispersion,
    usual: day.total === 0 ? null : DAY_TO_DAY * wilson(elevatedOf(day), DEVIATIONS),
    judged: NONE,
    lasting: NONE,
    overLimit: red,
    compared:
      terms.margin === null
        ? null
        : { treatment: NONE, control: NONE, blocks: 0, overControl: red, controlOverLimit: red },
  };
}

/** Counts of two percentages are never pooled: the shares of treatment and control would be of different users. */
export function startPercentage(state: CountState): CountState {
  if (state.compared === null) return state;
  return { ...state, compared: { ...state.compared, treatment: NONE, control: NONE, blocks: 0 } };
}

/** A test of the limit, and where it is compared one against control: each has its part. */
function alphaOfRed({ alpha, criteria, stages, margin }: JudgeTerms): number {
  return shareOfAlpha(alpha, criteria, stages) / (margin === null ? 1 : 2);
}

/** Blocks that were counted already are left out, so that it may be handed more than is new. */
export function foldCounts(state: CountState, counts: Counts, terms: JudgeTerms): CountState {
  const variants = state.compared === null || terms.margin === null ? null : counts.variants;
  const controls = new Map(variants?.control.map((block) => [block.from, block]));
  return since(variants?.treatment ?? counts.all, state.until).reduce(
    (folded, block) => foldBlock(folded, block, controls.get(block.from), terms),
    state,
  );
}

function foldBlock(
  state: CountState,
  block: CountBlock,
  controlBlock: CountBlock | undefined,
  terms: JudgeTerms,
): CountState {
  const { dispersion, compared, overLimit } = state;
  const judged = tallyOf(block);
  const limit = limitOf(terms);
  const folded: CountState = {
    ...state,
    until: Math.max(state.until, block.to),
    judged: plus(state.judged, judged),
    parts: withBlock(state.parts ?? [], { total: judged.total, bad: against(judged, terms) }),
    lasting: plus(state.lasting, lastingOf(judged, Math.max(terms.green, state.usual ?? 0))),
    overLimit: terms.red === null ? overLimit : foldRed(overLimit, judged, limit, dispersion),
    compared:
      compared === null || terms.margin === null
        ? null
        : foldCompared(compared, judged, tallyOf(controlBlock ?? NONE), dispersion, {
            ...terms,
            margin: terms.margin,
          }),
  };
  return hasSharedCause(state) && !hasSharedCause(folded)
    ? { ...folded, overLimit: anew(overLimit) }
    : folded;
}

/** Red, and those without the change are above the limit too. */
function hasSharedCause({ compared, overLimit }: CountState): boolean {
  return isRed(overLimit) && compared !== null && isBusy(compared) && leansRed(compared.controlOverLimit);
}

/** What a shared cause has proven is not held against treatment when it is over: control, with more requests, is well first. */
function anew({ alpha, stake, evidence }: RedState): RedState {
  return { alpha, stake, evidence: evidence.map(() => stake) };
}

function foldCompared(
  compared: ComparedState,
  treatment: Tally,
  controlBlock: Tally,
  dispersion: number,
  terms: Shares & { readonly margin: number },
): ComparedState {
  const { overControl, controlOverLimit, blocks } = compared;
  const control = plus(compared.control, controlBlock);
  const alpha = overControl.alpha / 4;
  const usual = usualOf(scaled(control, dispersion), scaled(controlBlock, dispersion), alpha);
  const usuallyElevated = everAtMost(elevatedOf(scaled(control, dispersion)), alpha);
  return {
    treatment: plus(compared.treatment, lastingOf(treatment, Math.max(terms.green, usuallyElevated))),
    control,
    blocks: blocks + 1,
    overControl: foldRed(overControl, treatment, terms.margin + usual, dispersion),
    controlOverLimit: foldRed(controlOverLimit, controlBlock, limitOf(terms), dispersion),
  };
}

/**
 * Of a block no more elevated requests than three standard deviations above what is allowed: a deploy or a restarting pod is
 * no habit. Only for yellow: what is promoted is proven below the limit with all that ever was bad.
 */
function lastingOf(tally: Tally, allowed: number): Tally {
  const expected = allowed * tally.total;
  return { ...tally, elevated: Math.min(tally.elevated, expected + DEVIATIONS * Math.sqrt(expected) + 1) };
}

/** Standard deviations by which chance is not to be taken for a cause. */
const DEVIATIONS = 3;

/** The tests are of bad requests: these are what is elevated. */
function elevatedOf({ total, elevated }: Tally): Pick<Tally, "total" | "bad"> {
  return { total, bad: elevated };
}

/** Without a red bound the green one is the limit; one that is stricter than green is the limit of both. */
function limitOf({ red, green }: Shares): number {
  return red ?? green;
}

function scaled({ total, bad, elevated }: Tally, by: number): Tally {
  return { total: total / by, bad: bad / by, elevated: elevated / by };
}

/** Red and shared cause are acted on at once, the others when the stage's bake is over. */
export function judgeCounts(state: CountState, terms: JudgeTerms): CountJudgement {
  const { compared, judged } = state;
  const isAlone = compared !== null && !isBusy(compared);
  const isOverControl = compared !== null && isRed(compared.overControl);
  const isOverLimit = isRed(state.overLimit);
  const redness = Math.max(
    evidenceSoFar(state.overLimit),
    compared === null ? 0 : evidenceSoFar(compared.overControl),
  );
  const said = { isAlone, redness, asBefore: false };
  if (isOverControl) return { ...said, verdict: "red", by: "control" };
  if (isOverLimit) return { ...said, verdict: hasSharedCause(state) ? "shared_cause" : "red", by: "limit" };
  const above = isAboveGreen(state, terms);
  if (above.isWorse) return { ...said, verdict: "yellow", by: above.by };
  const uncertain = { ...said, verdict: "not_enough", by: "limit", asBefore: above.isAbove } as const;
  if (!isGreen(judged, terms)) return uncertain;
  const lately = notBelowLately(state.parts ?? [], limitOf(terms));
  return lately === null ? { ...uncertain, verdict: "green" } : { ...uncertain, lately };
}

function isBusy({ control, blocks }: ComparedState): boolean {
  return control.total * (3_600_000 / BLOCK) >= LEAST_CONTROL_AN_HOUR * blocks && control.total > 0;
}

/** Green is proven at the full α: a promotion needs it of every criterion, so that each is a safeguard for all. */
function isGreen(judged: Tally, terms: JudgeTerms): boolean {
  return logEvidenceBelow(against(judged, terms), judged.total, limitOf(terms)) >= Math.log(1 / terms.alpha);
}

function against({ bad, elevated }: Tally, { red }: Shares): number {
  return red === null ? elevated : bad;
}

/** Whether more requests than green allows are elevated, and more than were before, or are without the change. */
function isAboveGreen(
  state: CountState,
  terms: JudgeTerms,
): { readonly isAbove: boolean; readonly isWorse: boolean; readonly by: CountJudgement["by"] } {
  const { compared, dispersion, usual } = state;
  const isCompared = compared !== null && isBusy(compared);
  const alpha = shareOfAlpha(terms.alpha, terms.criteria, terms.stages);
  const { total, elevated } = scaled(isCompared ? compared.treatment : state.lasting, dispersion);
  const isProvenAbove = (share: number): boolean =>
    share < 1 && logEvidenceAbove(elevated, total, share) >= Math.log(1 / alpha);
  const isAbove = isProvenAbove(terms.green);
  if (!isAbove || terms.yellow === "hold") return { isAbove, isWorse: isAbove, by: "limit" };
  if (isCompared) {
    const { control, overControl } = compared;
    const known = everAtMost(elevatedOf(scaled(control, dispersion)), overControl.alpha / 4);
    return { isAbove, isWorse: isProvenAbove(Math.max(terms.green, known)), by: "control" };
  }
  if (usual === null) return { isAbove, isWorse: true, by: "limit" };
  return { isAbove, isWorse: isProvenAbove(Math.max(terms.green, usual)), by: "before" };
}

/** What a person is told of a criterion's counts. It costs a hundred times what a verdict costs: for readers only. */
export interface CountReading {
  readonly total: number;
  readonly bad: number;
  /** So many requests prove green, when no more of them are bad. */
  readonly needed: number;
  /** The share that is bad at most. */
  readonly bound: number;
  /** The share that may be bad. */
  readonly limit: number;
}

export function readCounts({ judged }: Pick<CountState, "judged">, terms: JudgeTerms): CountReading {
  const bad = against(judged, terms);
  const limit = limitOf(terms);
  return {
    total: judged.total,
    bad,
    needed: neededForGreen(limit, bad, terms.alpha),
    bound: upperBound(bad, judged.total, terms.alpha),
    limit,
  };
}
