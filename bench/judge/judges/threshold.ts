import type { GateCriterion } from "../../../src/domain/gate.ts";
import { judgeValue, type Verdict } from "../../../src/domain/judge.ts";
import { faultRate, secondsSince } from "../faults.ts";
import type { Judge, StageJudge } from "../judging.ts";
import { holdOf } from "../plans.ts";
import { Random } from "../random.ts";
import { BLOCK, plus, type Sum, type World } from "../world.ts";

/** Genesis' criterion as it was shipped up to commit 322adb3. */
const CRITERION: GateCriterion = {
  metric: "error_rate",
  expr: null,
  source: "prometheus",
  green: { comparison: "<", value: 0.1 },
  red: { comparison: ">", value: 1 },
  sustained: "whole-bake",
};

/**
 * The threshold of before: the rate of the last minute, a look a minute, each sample by itself; the rule had no sum(), so
 * that the worst pod spoke for all. A minute without requests is no data, and does not count.
 */
export const threshold: Judge = { name: "threshold", start: (world, stage) => new Threshold(world, stage) };

class Threshold implements StageJudge {
  readonly #world: World;
  readonly #stage: number;
  readonly #random: Random;
  #worst: Verdict = "green";
  #heldUntil = 0;

  constructor(world: World, stage: number) {
    this.#world = world;
    this.#stage = stage;
    this.#random = new Random(world.rollout.seed, world.rollout.id * 64 + 32 + stage);
  }

  after(block: number, isOver: boolean): ReturnType<StageJudge["after"]> {
    if (block % 2 === 0) return "hold";
    const stream = this.#world.stage(this.#stage);
    const minute = plus(stream.service(block - 1), stream.service(block));
    if (minute.total === 0) return "hold";
    const verdict = judgeValue(CRITERION, this.#worstRate(minute, block));
    if (verdict === "red") return "red";
    if (verdict === "yellow") this.#worst = "yellow";
    if (!isOver || block < this.#heldUntil) return "hold";
    if (this.#worst === "green") return "green";
    this.#heldUntil = block + holdOf(this.#world.rollout.plan) / BLOCK;
    this.#worst = "green";
    return "hold";
  }

  /** Percent, of the worst pod. */
  #worstRate(minute: Sum, block: number): number {
    const { rollout } = this.#world;
    if (rollout.pods === 1) return (minute.bad / minute.total) * 100;
    const { fault, base } = rollout;
    const since = fault === null ? -1 : secondsSince(fault, rollout, this.#stage, block * BLOCK);
    const rate = fault === null ? base : faultRate(fault, base, since);
    const ofOnePod = this.#random.binomial(minute.bad, rate > 0 ? (rate - base) / rate : 0);
    let [requests, failed] = [minute.total - minute.bad, minute.bad - ofOnePod];
    let worst = 0;
    for (let pods = rollout.pods; pods >= 1; pods--) {
      const good = this.#random.binomial(requests, 1 / pods);
      const bad = this.#random.binomial(failed, 1 / pods);
      const all = bad + (pods === 1 ? ofOnePod : 0);
      if (good + all > 0) worst = Math.max(worst, (all / (good + all)) * 100);
      requests -= good;
      failed -= bad;
    }
    return worst;
  }
}
