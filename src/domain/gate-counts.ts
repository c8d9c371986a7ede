import { type Counting, type Countings, NOT_COUNTED, RECENT_BLOCKS } from "./counting.ts";
import type { CountBlock, Counts, CountsBefore } from "./counts.ts";
import type { Evidence } from "./evidence.ts";
import type { Counted, Gate, GateCriterion } from "./gate.ts";
import { since, type Tally, tallyOf } from "./judging/block.ts";
import {
  type CountJudgement,
  foldCounts,
  type JudgeTerms,
  judgeCounts,
  startCounts,
} from "./judging/judge-counts.ts";
import { sharesOf } from "./judging/shares.ts";
import { type Rollout, stageOf } from "./rollout.ts";
import type { Duration, Instant } from "./time.ts";

/** The chance that a healthy rollout is red by mistake, shared by its stages and their criteria. */
const ALPHA = 0.05;

/** What was counted last must not be older: however many requests there were, they say nothing of now. */
const COUNTED_WITHIN: Duration = 5 * 60_000;

type WithCounts = GateCriterion & { readonly counted: Counted };

/** Whether it is judged by evidence that grows with the requests: else by its values, one sample at a time. */
export function isSequential(criterion: GateCriterion): criterion is WithCounts {
  return sharesOf(criterion) !== null;
}

/** Whether its values say nothing where there were few requests. */
export function hasMinimum(criterion: GateCriterion): criterion is WithCounts {
  return !isSequential(criterion) && (criterion.counted?.minimum ?? 0) > 0;
}

/** The first seconds of a stage are not counted where the gate says so. */
export function countFromOf(
  { stageStartedAt }: Pick<Rollout, "stageStartedAt">,
  { settle = 0 }: Gate,
): Instant {
  return stageStartedAt + settle;
}

/** What a criterion is held against in the stage that a rollout is in; null: it is not judged by counts. */
export function termsOf(criterion: GateCriterion, gate: Gate, rollout: Rollout): JudgeTerms | null {
  const shares = sharesOf(criterion);
  if (shares === null || criterion.counted === undefined) return null;
  const { traffic, bake } = stageOf(rollout);
  return {
    ...shares,
    // Nobody is left to compare with.
    margin: traffic >= 100 ? null : shares.margin,
    yellow: criterion.counted.yellow,
    alpha: ALPHA,
    criteria: gate.criteria.filter(isSequential).length,
    stages: rollout.plan.stages.length,
    bake,
  };
}

/** What an evidence adds to what was counted in this stage. */
export function countedWith(before: Countings, evidence: Evidence, gate: Gate, rollout: Rollout): Countings {
  const after = new Map(before);
  for (const criterion of gate.criteria) {
    const { metric } = criterion;
    const terms = termsOf(criterion, gate, rollout);
    const counts = evidence.counts?.get(metric);
    if (terms === null || counts === undefined) continue;
    const usual = evidence.countsBefore?.get(metric);
    const known = after.get(metric) ?? begun(terms, countFromOf(rollout, gate));
    after.set(metric, withCounts(withUsual(known, usual, terms), counts, terms));
  }
  return after;
}

function begun(terms: JudgeTerms, from: Instant): Counting {
  const state = startCounts(terms, from, null);
  return { state, isUsualKnown: false, recent: [], recentControl: [] };
}

/** It may be answered later than the first requests are counted. */
function withUsual(counting: Counting, usual: CountsBefore | undefined, terms: JudgeTerms): Counting {
  if (counting.isUsualKnown || usual === undefined) return counting;
  const { dispersion, usual: day } = startCounts(terms, 0, usual);
  return { ...counting, state: { ...counting.state, dispersion, usual: day }, isUsualKnown: true };
}

function withCounts(counting: Counting, counts: Counts, terms: JudgeTerms): Counting {
  const { state, recent, recentControl } = counting;
  const variants = state.compared === null ? null : counts.variants;
  const newest = (known: readonly Tally[], blocks: readonly CountBlock[]) =>
    [...known, ...since(blocks, state.until).map(tallyOf)].slice(-RECENT_BLOCKS);
  return {
    ...counting,
    state: foldCounts(state, counts, terms),
    recent: newest(recent, variants?.treatment ?? counts.all),
    recentControl: newest(recentControl, variants?.control ?? []),
  };
}

/** A criterion as its requests so far stand against it. */
export interface CountedCriterion extends Counting {
  readonly criterion: WithCounts;
  readonly terms: JudgeTerms;
  readonly judgement: CountJudgement;
}

/** Those that are judged by counts; before the first block nothing was counted of them. */
export function judgedByCounts(
  gate: Gate,
  rollout: Rollout,
  counting: Countings = NOT_COUNTED,
): CountedCriterion[] {
  return gate.criteria.flatMap((criterion) => {
    const terms = termsOf(criterion, gate, rollout);
    if (terms === null || !isSequential(criterion)) return [];
    const known = counting.get(criterion.metric) ?? begun(terms, countFromOf(rollout, gate));
    return [{ criterion, terms, ...known, judgement: judgeCounts(known.state, terms) }];
  });
}

/** What was not counted though it should have been, in words. */
export function notCounted(
  counting: Countings,
  { counts, takenAt, blindness }: Evidence,
  gate: Gate,
): string[] {
  return gate.criteria.flatMap((criterion) => {
    const { metric } = criterion;
    if (!isSequential(criterion) && !hasMinimum(criterion)) return [];
    if (counts?.get(metric) === undefined)
      return blindness.some((why) => why.startsWith(`${metric}: `)) ? [] : [`no counts for ${metric}`];
    const until = counting.get(metric)?.state.until;
    if (until === undefined || takenAt - until <= COUNTED_WITHIN) return [];
    return [`nothing was counted for ${metric} in the last 5 minutes`];
  });
}

/** Of those whose values need a minimum of requests, how many there were where they were too few. */
export function tooFew({ counts }: Evidence, gate: Gate): ReadonlyMap<string, number> {
  const few = new Map<string, number>();
  for (const criterion of gate.criteria) {
    const known = counts?.get(criterion.metric);
    if (!hasMinimum(criterion) || known === undefined) continue;
    const total = known.all.reduce((sum, block) => sum + block.total, 0);
    if (total < criterion.counted.minimum) few.set(criterion.metric, total);
  }
  return few;
}
