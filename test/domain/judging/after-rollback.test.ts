import { describe, expect, it } from "@jest/globals";
import {
  foldAfter,
  giveUpAfter,
  judgeAfter,
  neededAfter,
  startAfter,
} from "../../../src/domain/judging/after-rollback.ts";
import { BLOCK } from "../../../src/domain/judging/block.ts";

const TERMS = { limit: 0.01, incident: 0.5 };

function whenBad(...shares: readonly number[]) {
  const blocks = shares.map((share, index) => ({
    from: index * BLOCK,
    to: (index + 1) * BLOCK,
    total: 300,
    bad: Math.round(300 * share),
    elevated: 0,
  }));
  return foldAfter(startAfter(0), blocks, TERMS);
}

describe("what follows a rollback", () => {
  it("is verified by good requests, though the first minute was as bad as before: flags are polled", () => {
    const found = (shares: readonly number[]) =>
      shares.findIndex((_, index) => judgeAfter(whenBad(...shares.slice(0, index + 1))) === "verified");
    expect(found([0, 0, 0, 0, 0, 0, 0, 0, 0])).toBe(3);
    expect(found([0.5, 0.5, 0, 0, 0, 0, 0, 0, 0])).toBe(4);
  });

  it("has not helped when it stays as bad as it was", () => {
    expect(judgeAfter(whenBad(0.5, 0.5, 0.5, 0.5, 0.5))).toBe("not_helped");
  });

  it("is no improvement while nobody knows how bad the incident was", () => {
    const terms = { limit: 0.01, incident: null };
    const blocks = [...Array(8).keys()].map((at) => ({
      from: at * BLOCK,
      to: (at + 1) * BLOCK,
      total: 300,
      bad: 15,
      elevated: 0,
    }));
    expect(judgeAfter(foldAfter(startAfter(0), blocks, terms))).toBe("not_helped");
    expect(judgeAfter(startAfter(0))).toBe("not_enough");
  });

  it("has improved when it is far below the incident, though above the limit", () => {
    expect(judgeAfter(whenBad(0.05, 0.05, 0.05, 0.05, 0.05, 0.05))).toBe("improved");
  });

  it("proves nothing where nothing or everything is allowed", () => {
    const block = { from: 10 * BLOCK, to: 11 * BLOCK, total: 300, bad: 300, elevated: 0 };
    for (const limit of [0, 1, Number.NaN]) {
      const state = foldAfter(startAfter(0), [block], { limit, incident: null });
      expect(judgeAfter(state)).toBe("not_enough");
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      expect(state.seen.total).toBe(300);
    }
  });

  it("never depends on how often it is looked at", () => {
    const blocks = [0.5, 0.2, 0, 0, 0.01, 0].map((share, at) => ({
      from: at * BLOCK,
      to: (at + 1) * BLOCK,
      total: 300,
      bad: 300 * share,
      elevated: 0,
    }));
    const often = blocks.reduce(
      (state, _, at) => foldAfter(state, blocks.slice(0, at + 1), TERMS),
      startAfter(0),
    );
    expect(often).toEqual(foldAfter(startAfter(0), blocks, TERMS));
  });

  it("says how many requests it takes", () => {
    expect(neededAfter(startAfter(0), TERMS)).toBeGreaterThan(300);
    expect(neededAfter(whenBad(0, 0, 0, 0, 0, 0), TERMS)).toBe(1500);
  });

  it("is waited for as long as traffic takes, and as flags take to arrive", () => {
    const minutes = [0, 0.1, 0.5, 1, 2, 5, 10, 100].map((rate) => giveUpAfter(0.01, rate) / 60_000);
    expect(minutes).toEqual([30, 30, 30, 17, 9.5, 5, 4, 4]);
    expect(giveUpAfter(0, 1) / 60_000).toBe(30);
  });
});
