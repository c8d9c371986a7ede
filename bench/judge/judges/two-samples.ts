import type { Judge, StageJudge } from "../judging.ts";
import { MARGIN } from "../labels.ts";
import { plus, type Sum, type World } from "../world.ts";

/** Chance of a false rollback: the same for every judge that can be told one, shared by 6 criteria and the stages. */
export const ALPHA = 0.05;
export const CRITERIA = 6;

export interface Samples {
  readonly treatment: Sum;
  readonly control: Sum;
}

/** Whether treatment is worse than control by more than the margin, at a level of confidence. */
export type IsWorse = (samples: Samples, margin: number, alpha: number) => boolean;

/** Told of the first red moment, and of the moment before it. */
type OnRed = (before: Samples | null, now: Samples, alpha: number, margin: number) => void;

/**
 * A judge that compares two samples, looks after each block and knows nothing else: what is not red by the bake's end is
 * promoted. Where everybody is judged, the day before is the control.
 */
export function twoSamples(name: string, isWorse: IsWorse, onRed: OnRed = () => undefined): Judge {
  return {
    name,
    start: (world, stage) => new TwoSamples(world, stage, isWorse, onRed),
  };
}

class TwoSamples implements StageJudge {
  readonly #world: World;
  readonly #stage: number;
  readonly #isWorse: IsWorse;
  readonly #onRed: OnRed;
  readonly #alpha: number;
  #samples: Samples;

  constructor(world: World, stage: number, isWorse: IsWorse, onRed: OnRed) {
    this.#world = world;
    this.#stage = stage;
    this.#isWorse = isWorse;
    this.#onRed = onRed;
    this.#alpha = ALPHA / (CRITERIA * world.rollout.plan.length);
    this.#samples = { treatment: { total: 0, bad: 0 }, control: { total: 0, bad: 0 } };
    if (!this.#isCompared()) this.#samples = { ...this.#samples, control: world.day() };
  }

  after(block: number): ReturnType<StageJudge["after"]> {
    const before = this.#samples;
    const stream = this.#world.stage(this.#stage);
    this.#samples = this.#isCompared()
      ? {
          treatment: plus(before.treatment, stream.treatment(block)),
          control: plus(before.control, stream.control(block)),
        }
      : { treatment: plus(before.treatment, stream.service(block)), control: before.control };
    if (!this.#isWorse(this.#samples, MARGIN, this.#alpha)) return "green";
    this.#onRed(block === 0 ? null : before, this.#samples, this.#alpha, MARGIN);
    return "red";
  }

  /** At 100 % there is nobody left to compare with but those of the day before. */
  #isCompared(): boolean {
    const { judged, plan } = this.#world.rollout;
    return judged === "treatment" && (plan[this.#stage]?.share ?? 1) < 1;
  }
}

export interface Difference {
  /** Of the shares of failed requests. */
  readonly delta: number;
  /** The variance of that difference. */
  readonly variance: number;
  /** The variances of one request's outcome. */
  readonly ofTreatment: number;
  readonly ofControl: number;
}

/** @returns null where there is nothing to compare yet */
export function differenceOf({ treatment, control }: Samples): Difference | null {
  if (treatment.total < 2 || control.total < 2) return null;
  const [p, q] = [treatment.bad / treatment.total, control.bad / control.total];
  const [ofTreatment, ofControl] = [p * (1 - p), q * (1 - q)];
  const variance = ofTreatment / treatment.total + ofControl / control.total;
  return variance > 0 ? { delta: p - q, variance, ofTreatment, ofControl } : null;
}
