import type { Judge, StageJudge } from "../judging.ts";
import { stageOf } from "../plans.ts";
import { BLOCK, plus, type Sum, type World } from "../world.ts";

/** As Kayenta's NetflixACAJudge sets it: a confidence of 98 %, two-sided, and a quarter of the estimate as tolerance. */
const QUANTILE = 2.3263478740408408;
const TOLERANCE = 0.25;

/** Kayenta judges every so often, all that the stage has had so far. */
const LOOKS_A_STAGE = 8;
const STEPS = 40;

/**
 * Mann and Whitney's test as Kayenta uses it: the error rate minute by minute of treatment and control as two samples, minutes
 * without requests removed; "High" when the lower end of the confidence interval of the shift is above a quarter of the
 * Hodges-Lehmann estimate. Where everybody is judged, the two hours before are the control.
 */
export const mannWhitney: Judge = {
  name: "Mann-Whitney",
  start: (world, stage) => new MannWhitney(world, stage),
};

class MannWhitney implements StageJudge {
  readonly #world: World;
  readonly #stage: number;
  readonly #every: number;
  readonly #treatment: number[] = [];
  readonly #control: number[] = [];
  readonly #isCompared: boolean;

  constructor(world: World, stage: number) {
    this.#world = world;
    this.#stage = stage;
    const { bake, share } = stageOf(world.rollout.plan, stage);
    this.#every = Math.floor(bake / BLOCK / LOOKS_A_STAGE);
    this.#isCompared = world.rollout.judged === "treatment" && share < 1;
    if (this.#isCompared) return;
    const before = world.before(0);
    for (let block = 1; block < before.length; block += 2)
      addMinute(this.#control, before[block - 1], before[block]);
  }

  after(block: number): ReturnType<StageJudge["after"]> {
    const stream = this.#world.stage(this.#stage);
    if (block % 2 === 1) {
      const who = this.#isCompared ? ("treatment" as const) : ("service" as const);
      addMinute(this.#treatment, stream[who](block - 1), stream[who](block));
      if (this.#isCompared) addMinute(this.#control, stream.control(block - 1), stream.control(block));
    }
    if ((block + 1) % this.#every !== 0) return "green";
    return isHigh(this.#treatment, this.#control) ? "red" : "green";
  }
}

function addMinute(rates: number[], first: Sum | undefined, second: Sum | undefined): void {
  if (first === undefined || second === undefined) return;
  const { total, bad } = plus(first, second);
  if (total > 0) rates.push(bad / total);
}

/** Whether Kayenta classifies the experiment as "High". */
export function isHigh(experiment: readonly number[], control: readonly number[]): boolean {
  if (experiment.length === 0 || control.length === 0) return false;
  const [x, y] = [sorted(experiment), sorted(control)];
  const [lowest, highest] = [Math.min(first(x), first(y)), Math.max(last(x), last(y))];
  if (lowest === highest) return false;
  if (x.length === y.length && x.every((value, index) => value === y[index])) return false;
  const lower = shiftAt(x, y, QUANTILE);
  return lower > TOLERANCE * Math.abs(shiftAt(x, y, 0));
}

/** The shift of the experiment at which its rank sum is so many standard deviations from chance. */
function shiftAt(x: Float64Array, y: Float64Array, deviations: number): number {
  let [low, high] = [first(x) - last(y), last(x) - first(y)];
  if (deviationsAt(x, y, low) - deviations <= 0) return low;
  if (deviationsAt(x, y, high) - deviations >= 0) return high;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (deviationsAt(x, y, middle) > deviations) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Of the rank sum of x − shift among y, with the corrections for ties and continuity. Both are in order. */
function deviationsAt(x: Float64Array, y: Float64Array, shift: number): number {
  const all = x.length + y.length;
  let [i, j, rank, ranks, ties] = [0, 0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const value = Math.min(
      i < x.length ? (x[i] ?? 0) - shift : Number.POSITIVE_INFINITY,
      j < y.length ? (y[j] ?? 0) : Number.POSITIVE_INFINITY,
    );
    const [beforeX, beforeY] = [i, j];
    while (i < x.length && (x[i] ?? 0) - shift <= value) i += 1;
    while (j < y.length && (y[j] ?? 0) <= value) j += 1;
    const same = i - beforeX + j - beforeY;
    ranks += (i - beforeX) * (rank + (same + 1) / 2);
    ties += same ** 3 - same;
    rank += same;
  }
  const product = x.length * y.length;
  const distance = ranks - (x.length * (x.length + 1)) / 2 - product / 2;
  const deviation = Math.sqrt((product / 12) * (all + 1 - ties / (all * (all - 1))));
  return deviation === 0 ? 0 : (distance - Math.sign(distance) / 2) / deviation;
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function first(values: Float64Array): number {
  return values[0] ?? 0;
}

function last(values: Float64Array): number {
  return values[values.length - 1] ?? 0;
}
