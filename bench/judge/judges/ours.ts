import type { CountBlock, CountsBefore } from "../../../src/domain/counts.ts";
import {
  type CountState,
  foldCounts,
  type JudgeTerms,
  judgeCounts,
  startCounts,
} from "../../../src/domain/judging/judge-counts.ts";
import { isRed } from "../../../src/domain/judging/red.ts";
import type { Judge, StageJudge, StageVerdict } from "../judging.ts";
import { GREEN, MARGIN, RED } from "../labels.ts";
import { type CorpusPlan, holdOf, stageOf } from "../plans.ts";
import type { Rollout } from "../rollout.ts";
import { BLOCK, type Sum, type World } from "../world.ts";
import { ALPHA, CRITERIA } from "./two-samples.ts";

const BLOCK_MS = BLOCK * 1_000;

/** Rollguard's own judge: the functions that decide in the product, fed by the corpus. */
export const rollguard: Judge = { name: "Rollguard", start: (world, stage) => new Rollguard(world, stage) };

export function termsOf(judged: Rollout["judged"], plan: CorpusPlan, stage: number): JudgeTerms {
  return {
    red: RED,
    green: GREEN,
    margin: judged === "treatment" ? MARGIN : null,
    yellow: "as-before",
    alpha: ALPHA,
    criteria: CRITERIA,
    stages: plan.length,
    bake: stageOf(plan, stage).bake * 1_000,
  };
}

class Rollguard implements StageJudge {
  readonly #world: World;
  readonly #stage: number;
  readonly #terms: JudgeTerms;
  #state: CountState;
  #heldUntil = 0;

  constructor(world: World, stage: number) {
    this.#world = world;
    this.#stage = stage;
    this.#terms = termsOf(world.rollout.judged, world.rollout.plan, stage);
    this.#state = startCounts(this.#terms, 0, beforeOf(world, stage));
  }

  after(block: number, isOver: boolean): StageVerdict {
    const stream = this.#world.stage(this.#stage);
    const isCompared = this.#terms.margin !== null;
    const counts = {
      all: [blockOf(stream.service(block), block)],
      variants: isCompared
        ? {
            treatment: [blockOf(stream.treatment(block), block)],
            control: [blockOf(stream.control(block), block)],
          }
        : null,
    };
    this.#state = foldCounts(this.#state, counts, this.#terms);
    const isDue = isOver && block >= this.#heldUntil;
    if (!isDue && !this.#isRed()) return "hold";
    const { verdict } = judgeCounts(this.#state, this.#terms);
    if (verdict === "red") return "red";
    if (isDue && verdict === "yellow") this.#heldUntil = block + holdOf(this.#world.rollout.plan) / BLOCK;
    return isDue && verdict === "green" ? "green" : "hold";
  }

  /** Cheaper than the whole verdict, of which nothing else counts before the bake is over. */
  #isRed(): boolean {
    const { overLimit, compared } = this.#state;
    return isRed(overLimit) || (compared !== null && isRed(compared.overControl));
  }
}

export function beforeOf(world: World, stage: number): CountsBefore {
  const { total, bad } = world.day();
  return {
    blocks: world.before(stage).map((sum, block) => blockOf(sum, block)),
    day: { total, bad, elevated: bad },
  };
}

export function blockOf({ total, bad }: Sum, block: number): CountBlock {
  return { from: block * BLOCK_MS, to: (block + 1) * BLOCK_MS, total, bad, elevated: bad };
}
