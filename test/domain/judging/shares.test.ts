import { describe, expect, it } from "@jest/globals";
import type { Bound, Counted, GateCriterion } from "../../../src/domain/gate.ts";
import { withThresholds } from "../../../src/domain/judge.ts";
import { sharesOf } from "../../../src/domain/judging/shares.ts";

const RATIO: Counted = {
  counts: { kind: "ratio", bad: "bad_total", total: "all_total" },
  judge: "sequential",
  minimum: 0,
  compare: null,
  yellow: "as-before",
};
const QUANTILE: Counted = {
  ...RATIO,
  counts: { kind: "latency", histogram: "duration_seconds", of: { quantile: 0.95 } },
};
const BY = { label: "variant", treatment: "on", control: "off" };

function shares(counted: Counted | undefined, green: Bound, red: Bound | null) {
  return sharesOf({ ...(counted && { counted }), green, red });
}

const below = (value: number): Bound => ({ comparison: "<", value });
const above = (value: number): Bound => ({ comparison: ">", value });

describe("the shares that a criterion's bounds mean", () => {
  it("are its percents", () => {
    expect(shares(RATIO, below(0.1), above(1))).toEqual({ green: 0.001, red: 0.01, margin: null });
    const slow: Counted = { ...RATIO, counts: { kind: "latency", histogram: "d", of: { above: 500 } } };
    expect(shares(slow, below(2), { comparison: ">=", value: 5 })).toMatchObject({ green: 0.02, red: 0.05 });
  });

  it("are its values where its unit is a ratio", () => {
    const compared: Counted = { ...RATIO, unit: "ratio", compare: { by: BY, margin: 0.005 } };
    expect(shares(compared, below(0.001), above(0.01))).toEqual({ green: 0.001, red: 0.01, margin: 0.005 });
  });

  it("are what a quantile leaves over, whatever its bounds are", () => {
    const compared: Counted = { ...QUANTILE, compare: { by: BY, margin: 0.5 } };
    expect(shares(compared, below(300), above(500))).toEqual({ green: 0.05, red: 0.05, margin: 0.005 });
  });

  it("do without a red bound", () => {
    expect(shares(RATIO, below(0.1), null)).toMatchObject({ green: 0.001, red: null });
  });

  it("follow an operator's threshold, until it is zero and one bad request settles it", () => {
    const criterion = {
      metric: "error_rate",
      expr: null,
      source: "prometheus",
      green: below(0.1),
      red: above(1),
      sustained: "whole-bake",
      counted: RATIO,
    } as const satisfies GateCriterion;
    const deployedWith = (threshold: number) => {
      const gate = { name: "standard", criteria: [criterion], holdFor: 0 };
      const [changed] = withThresholds(gate, new Map([["error_rate", threshold]])).criteria;
      return changed === undefined ? undefined : sharesOf(changed);
    };
    expect(deployedWith(2)).toMatchObject({ green: 0.001, red: 0.02 });
    expect(deployedWith(0.05)).toMatchObject({ green: 0.0005, red: 0.0005 });
    expect(deployedWith(0)).toBeNull();
  });

  it.each([
    ["there are no counts", undefined, below(0.1), above(1)],
    ["its values are judged one by one", { ...RATIO, judge: "threshold" as const }, below(0.1), above(1)],
    ["green is none at all", RATIO, { comparison: "==", value: 0 } as const, above(1)],
    ["green is at most none", RATIO, { comparison: "<=", value: 0 } as const, above(1)],
    ["red is everything", RATIO, below(0.1), above(100)],
    ["less is worse", RATIO, above(99), below(95)],
    ["red is less", RATIO, below(0.1), below(95)],
  ])("are none where %s", (_why, counted, green, red) => {
    expect(shares(counted, green, red)).toBeNull();
  });
});
