import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  evidenceSoFar,
  foldRed,
  isRed,
  leansRed,
  logOdds,
  type RedState,
  shareOfAlpha,
  startRed,
} from "../../../src/domain/judging/red.ts";
import { walks } from "../../support/walks.ts";

const BAKE = 8 * 3_600_000;
const START = startRed({ alpha: 0.05 / 36, bake: BAKE });

/** After blocks with so many of so many bad. */
function judged(
  blocks: readonly (readonly [bad: number, total: number])[],
  limit = 0.01,
  dispersion = 1,
): RedState {
  return blocks.reduce((state, [bad, total]) => foldRed(state, { bad, total }, limit, dispersion), START);
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe("the red test", () => {
  it("lays half at the start, and the other half in the blocks of one and a half bakes", () => {
    expect(START).toEqual({ alpha: 0.05 / 36, stake: 0.5 / 1440, evidence: times(6, 0.5) });
    expect(startRed({ alpha: 0.05, bake: 0 }).stake).toBe(0.5);
  });

  it("adds what the counts are worth under each alternative, and at most a quarter of what red needs", () => {
    const most = Math.log(12 / START.alpha) / 4;
    const share = (2 * 0.01) / 0.99 / (1 + (2 * 0.01) / 0.99);
    const won = 3 * Math.log(share / 0.01) + 97 * Math.log((1 - share) / 0.99);
    expect(judged([[3, 100]]).evidence[0]).toBeCloseTo((0.5 + START.stake) * Math.exp(won), 12);
    expect(judged([[3, 100]], 0.01, 2).evidence[0]).toBeCloseTo((0.5 + START.stake) * Math.exp(won / 2), 12);
    expect(judged([[100, 100]]).evidence).toEqual(times(6, (0.5 + START.stake) * Math.exp(most)));
    expect(logOdds(3, 97, share, 0.01)).toBeCloseTo(won, 12);
  });

  it("needs four blocks at least, and takes no longer than seven after a good day", () => {
    const found = (good: number) =>
      [1, 2, 3, 4, 5, 6, 7].find((bad) =>
        isRed(judged([...times(good, [0, 75] as const), ...times(bad, [75, 75] as const)])),
      );
    expect([0, 1, 2_000].map(found)).toEqual([4, 5, 7]);
  });

  it("is not impressed by one bad request, or by two", () => {
    for (const total of [1, 5, 30]) {
      expect(isRed(judged([[1, total]]))).toBe(false);
      expect(isRed(judged([...times(100, [0, total] as const), [1, total], [0, total], [1, total]]))).toBe(
        false,
      );
    }
  });

  it("learns nothing from a block without requests, or when nothing or everything is allowed", () => {
    expect(judged([[0, 0]])).toBe(START);
    for (const limit of [0, 1, 1.2, Number.NaN]) expect(judged([[5, 10]], limit)).toBe(START);
  });

  it("says how far it is", () => {
    expect(evidenceSoFar(START)).toBe(0);
    expect(leansRed(START)).toBe(false);
    const half = judged(times(2, [75, 75]));
    expect(evidenceSoFar(half)).toBeGreaterThan(0.5);
    expect(evidenceSoFar(half)).toBeLessThan(0.7);
    expect(leansRed(half)).toBe(true);
    expect(evidenceSoFar(judged(times(9, [75, 75])))).toBe(1);
  });

  it("stays a number, and is over when the fault is", () => {
    const long = judged(times(5_000, [75, 75]));
    expect(Math.max(...long.evidence)).toBe(1e12);
    expect(isRed(times(200, 0).reduce((state) => foldRed(state, { bad: 0, total: 75 }, 0.01, 1), long))).toBe(
      false,
    );
  });

  it("is red the sooner the more is bad, whatever came before", () => {
    const block = fc
      .tuple(fc.nat(300), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([total, share]) => [Math.floor(total * share ** 3), total] as const);
    fc.assert(
      fc.property(fc.array(block, { maxLength: 40 }), fc.nat(39), (blocks, at) => {
        const worse = blocks.map(([bad, total], index) =>
          index === at ? ([Math.min(total, bad + 1), total] as const) : ([bad, total] as const),
        );
        const [before, now] = [judged(blocks), judged(worse)];
        expect(before.evidence.every((worth) => Number.isFinite(worth) && worth >= 0)).toBe(true);
        expect(evidenceSoFar(now)).toBeGreaterThanOrEqual(evidenceSoFar(before) - 1e-12);
      }),
      walks(200),
    );
  });

  it("shares its chance of being wrong by criteria and stages", () => {
    expect(shareOfAlpha(0.05, 6, 6)).toBe(0.05 / 36);
    expect(shareOfAlpha(0.05, 0, 6)).toBe(0.05);
  });
});
