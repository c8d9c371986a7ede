import type { CountBlock, Counts } from "../../../src/domain/counts.ts";
import { BLOCK } from "../../../src/domain/judging/block.ts";
import {
  type CountState,
  foldCounts,
  type JudgeTerms,
  startCounts,
} from "../../../src/domain/judging/judge-counts.ts";

const HOUR = 3_600_000;

/** A ratio with a red bound of 1 % and a green one of 0.1 %, as one of six criteria in six stages. */
export const TERMS: JudgeTerms = {
  red: 0.01,
  green: 0.001,
  margin: null,
  yellow: "as-before",
  alpha: 0.05,
  criteria: 6,
  stages: 6,
  bake: 8 * HOUR,
};

export const COMPARED: JudgeTerms = { ...TERMS, margin: 0.005 };

/** So many blocks with the same counts, from a moment on. */
export function blocks(count: number, total: number, bad: number, from = 0): CountBlock[] {
  return Array.from({ length: count }, (_, index) => ({
    from: from + index * BLOCK,
    to: from + (index + 1) * BLOCK,
    total,
    bad,
    elevated: bad,
  }));
}

export function variants(treatment: readonly CountBlock[], control: readonly CountBlock[]): Counts {
  return { all: [], variants: { treatment, control } };
}

/** A stage in which nothing else was counted. */
export function counted(terms: JudgeTerms, counts: readonly CountBlock[] | Counts): CountState {
  const given = "all" in counts ? counts : { all: counts, variants: null };
  return foldCounts(startCounts(terms, 0, null), given, terms);
}
