import { describe, expect, it } from "@jest/globals";
import { dispersionOf } from "../../../src/domain/judging/dispersion.ts";
import { seeded } from "./chance.ts";

function blocks(count: number, total: number, bad: (index: number) => number) {
  return Array.from({ length: count }, (_, index) => ({ total, bad: bad(index), elevated: 0 }));
}

describe("how requests fail together", () => {
  it("is one by one when nothing is known, and when none or all fail", () => {
    expect(dispersionOf([])).toBe(1);
    expect(dispersionOf(blocks(1, 100, () => 3))).toBe(1);
    expect(dispersionOf(blocks(240, 100, () => 0))).toBe(1);
    expect(dispersionOf(blocks(240, 100, () => 100))).toBe(1);
    expect(dispersionOf(blocks(240, 0, () => 0))).toBe(1);
  });

  it("is about one when each fails by itself, and three when each failure is tried three times", () => {
    const chance = seeded(5);
    expect(dispersionOf(blocks(240, 500, () => chance.binomial(500, 0.003)))).toBeLessThan(1.3);
    const tried = dispersionOf(blocks(240, 500, () => 3 * chance.binomial(500, 0.003)));
    expect(tried).toBeGreaterThan(2.2);
    expect(tried).toBeLessThan(3.8);
  });

  it("is Pearson's χ² over its degrees of freedom, never below one or above five", () => {
    expect(dispersionOf(blocks(2, 100, (index) => [2, 8][index] as number))).toBeCloseTo(18 / 5 / 0.95, 12);
    expect(dispersionOf(blocks(240, 100, () => 3))).toBe(1);
    expect(dispersionOf(blocks(240, 100, (index) => (index === 7 ? 100 : 0)))).toBe(5);
  });
});
