import { expect, test } from "@jest/globals";
import { trendOf } from "../../../src/app/report/trend.ts";

const UNDER = { comparison: "<", value: 0.1 } as const;

test.each([
  ["stable", [5, 5, 5, 5, 5, 5]],
  ["increasing", [1, 1, 2, 2, 3, 3]],
  ["decreasing", [3, 3, 2, 2, 1, 1]],
  ["increasing, also what falls below zero no more", [-3, -3, -2, -2, -1, -1]],
  ["stable: less than a tenth", [100, 100, 104, 105, 109, 109]],
  ["stable: a spike moves no median", [1, 1, 1, 1, 1, 1, 1, 90, 1]],
])("%s", (trend, values) => {
  expect(trendOf(values, null)).toBe(trend.split(/[,:]/)[0]);
});

test("what is far below its target does not move by doubling", () => {
  expect(trendOf([0.001, 0.001, 0.0015, 0.0015, 0.002, 0.002], UNDER)).toBe("stable");
  expect(trendOf([0.01, 0.01, 0.02, 0.02, 0.03, 0.03], UNDER)).toBe("increasing");
});

test("a few points have no trend", () => {
  expect(trendOf([1, 2, 3, 4, 5], null)).toBeNull();
  expect(trendOf([], null)).toBeNull();
});
