import { describe, expect, it } from "@jest/globals";
import { everAtMost, usualOf, wilson } from "../../../src/domain/judging/compare.ts";

const ALPHA = 0.05 / 72 / 4;

describe("what is usual without the change", () => {
  it("is at most what was seen so far, with room for chance", () => {
    expect(everAtMost({ total: 0, bad: 0 }, ALPHA)).toBe(1);
    expect(everAtMost({ total: 27_000, bad: 13 }, ALPHA)).toBeCloseTo(0.0015673, 7);
    expect(everAtMost({ total: 27_000, bad: 540 }, ALPHA)).toBeCloseTo(0.0248424, 7);
  });

  it("is what this very block has for certain, when that is more: what hits both blames neither", () => {
    const calm = usualOf({ total: 27_000, bad: 13 }, { total: 1_425, bad: 1 }, ALPHA);
    expect(calm).toBe(everAtMost({ total: 27_000, bad: 13 }, ALPHA));
    const burst = usualOf({ total: 27_000, bad: 83 }, { total: 1_425, bad: 71 }, ALPHA);
    expect(burst).toBeCloseTo(0.0351826, 7);
  });

  it("is everything while there is no control", () => {
    expect(usualOf({ total: 0, bad: 0 }, { total: 0, bad: 0 }, ALPHA)).toBe(1);
  });
});

describe("Wilson's bounds", () => {
  it("are as published", () => {
    // Newcombe 1998, table I: 81 of 263 and 0 of 20, at 95 %.
    const z = 1.959964;
    expect(wilson({ total: 263, bad: 81 }, -z)).toBeCloseTo(0.2553, 4);
    expect(wilson({ total: 263, bad: 81 }, z)).toBeCloseTo(0.3662, 4);
    expect(wilson({ total: 20, bad: 0 }, z)).toBeCloseTo(0.1611, 4);
    expect(wilson({ total: 20, bad: 0 }, -z)).toBeCloseTo(0, 12);
  });

  it("know nothing of no requests", () => {
    expect([wilson({ total: 0, bad: 0 }, 3), wilson({ total: 0, bad: 0 }, -3)]).toEqual([1, 0]);
  });
});
