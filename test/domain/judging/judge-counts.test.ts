import { describe, expect, it } from "@jest/globals";
import type { CountBlock } from "../../../src/domain/counts.ts";
import { BLOCK, sumOf } from "../../../src/domain/judging/block.ts";
import {
  type CountState,
  foldCounts,
  type JudgeTerms,
  judgeCounts,
  readCounts,
  startCounts,
  startPercentage,
} from "../../../src/domain/judging/judge-counts.ts";

const HOUR = 3_600_000;

const TERMS: JudgeTerms = {
  red: 0.01,
  green: 0.001,
  margin: null,
  yellow: "as-before",
  alpha: 0.05,
  criteria: 6,
  stages: 6,
  bake: 8 * HOUR,
};

const COMPARED: JudgeTerms = { ...TERMS, margin: 0.005 };

/** So many blocks with the same counts, from a moment on. */
function blocks(count: number, total: number, bad: number, from = 0): CountBlock[] {
  return Array.from({ length: count }, (_, index) => ({
    from: from + index * BLOCK,
    to: from + (index + 1) * BLOCK,
    total,
    bad,
    elevated: bad,
  }));
}

function alone(state: CountState, all: readonly CountBlock[], terms = TERMS): CountState {
  return foldCounts(state, { all, variants: null }, terms);
}

describe("a criterion that is judged by counts", () => {
  it("is not enough until so many requests are seen as prove the limit, and green then", () => {
    const started = startCounts(TERMS, 0, null);
    const almost = alone(started, blocks(1, 366, 0));
    expect(judgeCounts(almost, TERMS).verdict).toBe("not_enough");
    expect(readCounts(almost, TERMS)).toMatchObject({ total: 366, bad: 0, needed: 367, limit: 0.01 });
    const enough = alone(almost, blocks(1, 1, 0, BLOCK));
    expect(judgeCounts(enough, TERMS)).toMatchObject({ verdict: "green", asBefore: false });
    expect(readCounts(enough, TERMS).bound).toBeLessThan(0.01);
  });

  it("is red after two minutes of an outage, and after three and a half when everything went well for hours before", () => {
    for (const good of [0, 960]) {
      const before = alone(startCounts(TERMS, 0, null), blocks(good, 150, 0));
      const three = alone(before, blocks(3, 150, 150, good * BLOCK));
      expect(judgeCounts(three, TERMS).verdict).not.toBe("red");
      const found = [3, 4, 5, 6, 7].find(
        (count) => judgeCounts(alone(before, blocks(count, 150, 150, good * BLOCK)), TERMS).verdict === "red",
      );
      expect(found).toBe(good === 0 ? 4 : 7);
    }
  });

  it("survives being written down", () => {
    const state = alone(startCounts(COMPARED, 0, null), blocks(3, 100, 2), COMPARED);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(JSON.stringify(startPercentage(state)).length).toBeLessThan(1_200);
  });
});

describe("blocks", () => {
  it("are none where they are no counts", () => {
    expect(sumOf([{ total: Number.NaN, bad: 1, elevated: 0 }])).toEqual({ total: 0, bad: 0, elevated: 0 });
  });
});
