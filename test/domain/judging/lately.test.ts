import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { notBelowLately, type Part, withBlock } from "../../../src/domain/judging/lately.ts";

function partsOf(counts: readonly (readonly [total: number, bad: number])[]): readonly Part[] {
  return counts.reduce<readonly Part[]>((parts, [total, bad]) => withBlock(parts, { total, bad }), []);
}

function times<T>(count: number, one: T): T[] {
  return Array.from({ length: count }, () => one);
}

describe("parts of a stage", () => {
  it("are twice as long the older they are, two of each length at most, and lose no request", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)), { maxLength: 300 }), (counts) => {
        const parts = partsOf(counts);
        const sum = (index: 0 | 1) => counts.reduce((all, one) => all + one[index], 0);
        expect(parts.reduce((all, [blocks]) => all + blocks, 0)).toBe(counts.length);
        expect(parts.reduce((all, [, total]) => all + total, 0)).toBe(sum(0));
        expect(parts.reduce((all, [, , bad]) => all + bad, 0)).toBe(sum(1));
        const lengths = parts.map(([blocks]) => blocks);
        expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
        for (const length of lengths)
          expect(lengths.filter((other) => other === length).length).toBeLessThan(3);
      }),
    );
  });

  it("are two dozen for a week", () => {
    expect(partsOf(times(7 * 2_880, [100, 1] as const)).length).toBeLessThan(28);
  });
});

describe("the newest requests", () => {
  it("are below the limit where they clearly are, however far one looks back", () => {
    expect(notBelowLately(partsOf(times(2_880, [150, 0] as const)), 0.01)).toBeNull();
    expect(notBelowLately([], 0.01)).toBeNull();
  });

  it("are not where a fault has begun that the whole stage hides", () => {
    const parts = partsOf([...times(2_800, [150, 0] as const), ...times(80, [150, 2] as const)]);
    expect(notBelowLately(parts, 0.01)).toEqual({ total: 1_200, bad: 16 });
  });

  it("are not told by fewer than a thousand of them, nor by less than two minutes", () => {
    expect(notBelowLately(partsOf(times(5, [190, 190] as const)), 0.01)).toBeNull();
    expect(notBelowLately(partsOf(times(6, [190, 190] as const)), 0.01)).toEqual({
      total: 1_140,
      bad: 1_140,
    });
    const burst = [...times(2_880, [90_000, 0] as const), [90_000, 3_000] as const];
    expect(notBelowLately(partsOf(burst), 0.01)).toBeNull();
  });

  it("may always have had two thirds of the limit", () => {
    expect(notBelowLately(partsOf(times(200, [150, 1] as const)), 0.01)).toBeNull();
  });
});
