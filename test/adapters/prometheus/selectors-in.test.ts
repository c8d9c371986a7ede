import { expect, test } from "@jest/globals";
import { selectorsIn } from "../../../src/adapters/prometheus/selectors-in.ts";

test.each([
  ["error_rate > 1", [["error_rate", "error_rate"]]],
  ['absent(up{job="a"} == 1)', [["up", 'up{job="a"}']]],
  [
    'sum by (pod) (rate(x{a="}"}[5m])) / sum(x)',
    [
      ["x", 'x{a="}"}'],
      ["x", "x"],
    ],
  ],
  ["max_over_time((a + a)[5m:1m]) > bool 2", [["a", "a"]]],
  ['{"http.errors", code="500"} # not {this}', [["http.errors", '{"http.errors", code="500"}']]],
  [
    "-a and on (b) c",
    [
      ["a", "a"],
      ["c", "c"],
    ],
  ],
  // Of another time on purpose.
  ["a offset 5m", []],
  ["a @ 1700000000", []],
  ["rate(a[5m] offset 1w)", []],
  ["rate(a[5m]) / rate(b[5m] offset 1w)", [["a", "a"]]],
  [
    "a / b offset 1w > c",
    [
      ["a", "a"],
      ["c", "c"],
    ],
  ],
  ["a / -b @ end()", [["a", "a"]]],
  ["max_over_time((a + b)[5m:] offset 1d) - c", [["c", "c"]]],
  // Which metrics those are is not known.
  ['{__name__=~"a|b"}', []],
  ["vector(1)", []],
  // What cannot be read.
  ["a b", []],
  ["not_yet_known(a)", []],
  ["", []],
])("%s", (expr, expected) => {
  expect(selectorsIn(expr).map(({ metric, text }) => [metric, text])).toEqual(expected);
});

test.each([
  ["a > 1", [0]],
  ["rate(a[1m]) / rate(b[5m]) + rate(a[1h30m])", [5_400_000, 300_000]],
  ["max_over_time(rate(a[5m])[1h:1m])", [3_900_000]],
  ["avg_over_time(a[1w])", [604_800_000]],
  ["rate(a[90]) + rate(b[1m + 30s])", [90_000, 90_000]],
  ["rate(a[1m]) - rate(a[1h] offset 1d)", [60_000]],
])("%s reads back", (expr, expected) => {
  expect(selectorsIn(expr).map(({ range }) => range)).toEqual(expected);
});
