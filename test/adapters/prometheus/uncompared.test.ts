import { expect, test } from "@jest/globals";
import { uncompared } from "../../../src/adapters/prometheus/uncompared.ts";

test.each([
  ["error_rate > 1", "((error_rate) - (1))"],
  ["a{b='x > 1'} >= bool 1 # > 2", "((a{b='x > 1'}) - (1)) "],
  ["a > on (x) group_left b + 1", "((a) - on (x) group_left (b + 1))"],
  ["avg_over_time(up[1m]) < 0.7", "((avg_over_time(up[1m])) - (0.7))"],
  [
    "a > 1 and on () (traffic > 10 <= 50)\nor\nb == 1",
    "((a) - (1)) and on () (((((traffic) - (10))) - (50)))\nor\n((b) - (1))",
  ],
  ["count by (pod) (up == 0) > 2", "((count by (pod) (((up) - (0)))) - (2))"],
  ["a > 1 unless on (x) maintenance == 1", "((a) - (1))"],
  ["absent(a) or absent_over_time(b[5m]) or c != 1", "vector(0) or vector(0) or ((c) - (1))"],
  ["-a > -1", "((-a) - (-1))"],
  ["vector(1)", "vector(1)"],
])("%s", (expr, expected) => {
  expect(uncompared(expr)).toBe(expected);
});

test.each(["a b", "", "a >"])("%s cannot be read", (expr) => {
  expect(uncompared(expr)).toBeNull();
});
