import { describe, expect, it } from "@jest/globals";
import { parsePromql } from "../../../src/adapters/promql/parse-promql.ts";
import { nodesIn, selectorsIn } from "../../../src/domain/lint/promql.ts";
import { cpuSeconds } from "../../support/cpu-seconds.ts";

/** The first error: `kind «part»: message; advice`. */
function errorOf(text: string): string | undefined {
  const [error] = parsePromql(text).errors;
  if (error === undefined) return undefined;
  const { kind, span, message, advice } = error;
  return `${kind} «${text.slice(span.from, span.to)}»: ${message}; ${advice}`;
}

describe("an expression that Prometheus refuses", () => {
  const cases: Record<string, string> = {
    "": "syntax «»: is empty; write the expression",
    "a > ": 'syntax «>»: the expression ends too early, after ">"; write what comes after it',
    "(a > 1": 'syntax «1»: the expression ends too early, after "1"; close the parenthesis',
    'a{b="c} > 1': 'syntax «1»: the expression ends too early, after "1"; close the quotes',
    "a > 1)": 'syntax «)»: does not expect ")" here; this parenthesis was never opened',
    "a = 1": 'syntax «=»: does not expect "=" here; comparisons are written ==',
    "a{b=c}": 'syntax «c»: does not expect "c" here; a label is matched with a text in quotes',
    "a b": 'syntax «b»: does not expect "b" here; an operator may be missing before it',
    "a > 1 && b": 'syntax «&»: does not expect "&" here; the logical operators are and, or, unless',
    "a > $max":
      'syntax «$»: does not expect "$" here; the only variable is $limit, in an alert of a policy with limits',
    "a > {{ .Values.max }}":
      'syntax «{»: does not expect "{" here; PromQL has no templates: write the value itself',
    "a > 5 % of b": 'syntax «b»: does not expect "b" here; an operator may be missing before it',
    "rat(a[5m]) > 1":
      'syntax «rat»: there is no function "rat"; see the functions in Prometheus\' documentation',
    "rate(a) > 1":
      'type «a»: expected type matrix in call to function "rate", got vector; give it a range, e.g. metric[5m]',
    "# why\nrate(a) > 1":
      'type «a»: expected type matrix in call to function "rate", got vector; give it a range, e.g. metric[5m]',
    "a[5m] > 1":
      "type «a[5m]»: binary expression must contain only scalar and instant vector types; remove the range, or take a rate() of it",
    "1 > 2":
      "type «1 > 2»: comparisons between scalars must use BOOL modifier; write `bool` after the operator, or compare a metric",
    "clamp_min(a)": `type «clamp_min(a)»: expected 2 argument(s) in call to "clamp_min", got 1; see the function in Prometheus' documentation`,
    "{}": 'type «{}»: vector selector must contain at least one non-empty matcher; name the metric, or match a label with something, e.g. {job="x"}',
  };
  for (const [text, expected] of Object.entries(cases))
    it(`is told what is wrong: ${text}`, () => expect(errorOf(text)).toBe(expected));
});

describe("an expression that Prometheus takes", () => {
  const good = [
    "sum by (le) (rate(a_bucket[5m]))",
    "a offset 5m > 1",
    "rate(a[5m:1m] offset 1w)",
    "a @ end()",
    "# why\na > 1 # here",
    "a > on (job) group_left (team) b",
    'label_replace(a, "b", "$1", "c", "(.*)") > 1',
    "quantile_over_time(0.9, a[5m]) > Inf",
    'count_values("v", a) > 1',
    "a AND b",
    "-a ^ 2 > -1",
    "1h > a",
  ];
  for (const text of good) it(`has no error: ${text}`, () => expect(errorOf(text)).toBeUndefined());
});

describe("an expression as plain data", () => {
  const numbers: Record<string, number> = {
    "-5": -5,
    "+5": 5,
    "1e3": 1000,
    "0x1F": 31,
    "1h30m": 5400,
    "500ms": 0.5,
    Inf: Number.POSITIVE_INFINITY,
    "1_000": 1000,
  };
  for (const [text, value] of Object.entries(numbers))
    it(`reads the number ${text}`, () =>
      expect(parsePromql(text).node).toMatchObject({ type: "number", value }));

  const names: Record<string, (string | null)[]> = {
    "a{b='c'} + d:e:f": ["a", "d:e:f"],
    '{"foo.bar", x="y"}': ["foo.bar"],
    '{__name__="a"}': ["a"],
    '{__name__=~"a.*"}': [null],
  };
  for (const [text, expected] of Object.entries(names))
    it(`knows the metrics of ${text}`, () => {
      const nodes = nodesIn(parsePromql(text)).flatMap((node) =>
        node.type === "selector" ? [node.metric] : [],
      );
      expect(nodes).toEqual(expected);
    });

  it("knows what is compared, whatever comments stand between", () => {
    expect(parsePromql('# "a\nsum( # b\n a{c="#"}) # d > 2\n > # e\n1 # f').node).toMatchObject({
      type: "binary",
      op: ">",
      left: { type: "call", name: "sum", args: [{ metric: "a", matchers: [{ value: "#" }] }] },
      right: { type: "number", value: 1 },
    });
  });

  it("knows the matchers, whatever their quotes", () => {
    const [selector] = selectorsIn(nodesIn(parsePromql('a{b="c\\"d", e!=\'f\', g=~`h.*`, "i.j"!~"k"}')));
    expect(selector?.matchers).toEqual([
      { name: "b", op: "=", value: 'c"d' },
      { name: "e", op: "!=", value: "f" },
      { name: "g", op: "=~", value: "h.*" },
      { name: "i.j", op: "!~", value: "k" },
    ]);
  });
});

describe("an expression made to hurt", () => {
  const bombs = [
    "(".repeat(16_000),
    `a${"+a".repeat(8_000)}`,
    `${"-".repeat(16_000)}a`,
    "abs(".repeat(4_000),
    "x".repeat(5_000_000),
    `sum(${"a or ".repeat(3_000)}a)`,
  ];
  for (const text of bombs)
    it(`is judged in bounded time: ${text.slice(0, 8)}… of ${text.length}`, () => {
      const before = cpuSeconds();
      parsePromql(text);
      expect(cpuSeconds() - before).toBeLessThan(5);
    });
});
