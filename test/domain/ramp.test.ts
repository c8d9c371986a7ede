import { describe, expect, it } from "@jest/globals";
import { rampAt } from "../../src/domain/ramp.ts";

const points = [
  { at: 1_000, percentage: 10 },
  { at: 2_000, percentage: 50 },
  { at: 4_000, percentage: 0 },
];

describe("a ramp", () => {
  it("moves evenly from point to point, in hundredths rounded down", () => {
    const at = (now: number) => rampAt({ shape: "linear", points }, now);
    expect([0, 1_000, 1_500, 2_000, 3_000, 4_000, 9_000].map(at)).toEqual([10, 10, 30, 50, 25, 0, 0]);
    expect(at(1_333)).toBe(23.32);
    expect(at(3_999)).toBe(0.02);
  });

  it("jumps at each point", () => {
    const at = (now: number) => rampAt({ shape: "steps", points }, now);
    expect([0, 1_000, 1_999, 2_000, 3_999, 4_000].map(at)).toEqual([10, 10, 10, 50, 50, 0]);
  });
});
