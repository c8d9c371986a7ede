import { expect, test } from "@jest/globals";
import { durationText, timeText, valueText } from "../../../src/adapters/report/words.ts";

test.each([
  [0, "0 s"],
  [0.0149, "0.015 s"],
  [4.26, "4.3 s"],
  [45, "45 s"],
  [75, "1 min 15 s"],
  [3_600, "1 h"],
  [3_601, "1 h"],
  [22_860, "6 h 21 min"],
  [97_200, "1 d 3 h"],
])("%d seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test.each([
  [0.04312, "percent", null, "0.04312 %"],
  [152.3456, "milliseconds", null, "152.3 ms"],
  [199.9994, "milliseconds", "< 200", "199.9994 ms"],
  [5, "count", ">= 5", "5"],
  [Number.POSITIVE_INFINITY, "percent", null, "infinite"],
  [null, "percent", null, "no data"],
] as const)("%d %s is told as %s against %s", (value, unit, bound, text) => {
  expect(valueText(value, unit, bound)).toBe(text);
});

test("times are told in UTC", () => {
  expect(timeText("2026-11-20T03:04:05.678Z")).toBe("2026-11-20 03:04 UTC");
  expect(timeText("2026-11-20T03:04:05.678Z", "second")).toBe("2026-11-20 03:04:05 UTC");
});
