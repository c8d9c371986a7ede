import { foldAfter, judgeAfter, startAfter } from "../../../src/domain/judging/after-rollback.ts";
import { BLOCK } from "../../../src/domain/judging/block.ts";
import {
  type CountState,
  foldCounts,
  type JudgeTerms,
  judgeCounts,
  startCounts,
} from "../../../src/domain/judging/judge-counts.ts";
import type { Chance } from "./chance.ts";
import { variants } from "./counted.ts";

/** The whole chance of a false verdict for one criterion in one stage: what is promised can be seen in a few thousand runs. */
const ONE: JudgeTerms = {
  red: 0.01,
  green: 0.001,
  margin: null,
  yellow: "hold",
  alpha: 0.05,
  criteria: 1,
  stages: 1,
  bake: 2 * 3_600_000,
};

/** One block of so many requests, each of them bad with this probability. */
function blockOf(chance: Chance, at: number, total: number, share: number) {
  const bad = chance.binomial(total, share);
  return { from: at * BLOCK, to: (at + 1) * BLOCK, total, bad, elevated: bad };
}

interface Run {
  readonly blocks: number;
  /** Requests a block. */
  readonly total: number;
}

/** Whether a stage has ever a verdict that is wrong there, looked at after every block. */
function isEver(
  wrong: string,
  { blocks }: Run,
  terms: JudgeTerms,
  fold: (state: CountState, at: number) => CountState,
): boolean {
  let state = startCounts(terms, 0, null);
  for (let at = 0; at < blocks; at += 1) {
    state = fold(state, at);
    if (judgeCounts(state, terms).verdict === wrong) return true;
  }
  return false;
}

/** What may go wrong, where it is likeliest: exactly at the limit that is tested. */
export const MISTAKES: Readonly<Record<string, (chance: Chance, run: Run) => boolean>> = {
  "red at the limit": (chance, run) =>
    isEver("red", run, ONE, (state, at) =>
      foldCounts(state, { all: [blockOf(chance, at, run.total, 0.01)], variants: null }, ONE),
    ),
  "green at the limit": (chance, run) => {
    const never = { ...ONE, green: 0.9 };
    return isEver("green", run, never, (state, at) =>
      foldCounts(state, { all: [blockOf(chance, at, run.total, 0.01)], variants: null }, never),
    );
  },
  "yellow at the green limit": (chance, run) =>
    isEver("yellow", run, ONE, (state, at) =>
      foldCounts(state, { all: [blockOf(chance, at, run.total, 0.001)], variants: null }, ONE),
    ),
  "red where treatment is worse by the margin": (chance, run) => {
    const terms = { ...ONE, red: 0.5, margin: 0.005 };
    return isEver("red", run, terms, (state, at) => {
      const treatment = [blockOf(chance, at, run.total, 0.01)];
      return foldCounts(state, variants(treatment, [blockOf(chance, at, 19 * run.total, 0.005)]), terms);
    });
  },
  "verified at the limit": (chance, run) => isEverAfter("verified", chance, run, 0.01),
  "not helped at the limit": (chance, run) => isEverAfter("not_helped", chance, run, 0.01),
  "improved at half of the incident": (chance, run) => isEverAfter("improved", chance, run, 0.1),
};

function isEverAfter(wrong: string, chance: Chance, { blocks, total }: Run, share: number): boolean {
  const terms = { limit: 0.01, incident: 0.2 };
  let state = startAfter(0);
  for (let at = 0; at < blocks; at += 1) {
    state = foldAfter(state, [blockOf(chance, at, total, share)], terms);
    if (judgeAfter(state) === wrong) return true;
  }
  return false;
}

/** In how many of so many runs a mistake was made. */
export function mistakes(name: string, runs: number, run: Run, chance: Chance): number {
  let made = 0;
  for (let index = 0; index < runs; index += 1) if (MISTAKES[name]?.(chance, run)) made += 1;
  return made;
}

/**
 * More than this a right test makes in one of a million tries only: the quantile of a binomial distribution by its exact tail.
 */
export function mostMistakes(runs: number, alpha: number): number {
  let [probability, tail, count] = [(1 - alpha) ** runs, 1 - (1 - alpha) ** runs, 0];
  while (tail > 1e-6) {
    probability *= ((runs - count) / (count + 1)) * (alpha / (1 - alpha));
    count += 1;
    tail -= probability;
  }
  return count;
}
