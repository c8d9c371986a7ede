import { expect, it } from "@jest/globals";
import { syntaxOf } from "../../src/adapters/promql/syntax-of.ts";
import type { PromqlNode } from "../../src/domain/lint/promql.ts";
import { truthExpression } from "../../src/domain/truth-expression.ts";

const truth = (expr: string, wait = 0): string => truthExpression(expr, syntaxOf(expr) as PromqlNode, wait);

const finite = (part: string): string => `count((${part}) - (${part}) == 0)`;

/** What must be there for an expression that is not true to be false. */
const cases: Record<string, string> = {
  up: finite("up"),
  "up offset 5m == 0": finite("up offset 5m"),
  "0 == up": finite("up"),
  "a / b > 0.05": finite("a / b"),
  "-a > 1": finite("-a"),
  "-(a == 1)": finite("a"),
  "sum(rate(a[5m])) / sum(rate(b[5m])) > 0.1": finite("sum(rate(a[5m])) / sum(rate(b[5m]))"),
  "rate(a[5m])": finite("rate(a[5m])"),
  "a > b": `(${finite("a")}) and (${finite("b")})`,
  // Which pods are down is counted of those that are there.
  "count(up == 0) > 2": `(${`(${finite("up")})`})`,
  "a + (b == 1)": `(${finite("a")}) and (${`(${finite("b")})`})`,
  "a > 1 unless b": `(${finite("a")})`,
  "a > 1 and b < 2": `((${finite("a")})) and ((${finite("b")}))`,
  "a > 1 or a > 2 or b > 3": `(${`(${finite("a")})`}) or (${`(${finite("b")})`})`,
  "(a == bool 1) > 0": finite("a == bool 1"),
  "(a unless b) > 0": `(${finite("a")})`,
};

it.each(Object.entries(cases))("%s is false only while it could be true", (expr, seen) => {
  const [, , told = ""] = /^\(count\(([^\n]*)\n\) > bool 0 or (.*)\)$/s.exec(truth(expr)) ?? [];
  const plain = (text: string): string => text.replaceAll(/[()\s]/g, "");
  expect(plain(told)).toBe(plain(`(${seen}) * 0`));
  expect(syntaxOf(truth(expr, 60_000))).not.toBeNull();
});

it.each(["absent(up)", "absent(up) > 0", "vector(1)", "a > 1 or vector(0)", "absent(a) or b"])(
  "%s is false where there is nothing",
  (expr) => {
    expect(truth(expr)).toBe(`(count(${expr}\n) > bool 0 or vector(0))`);
    expect(truth(expr, 60_000)).toMatch(/\[1m:15s\]\) >= bool 4$/);
  },
);

it("is true when it has been for as long as the alert waits", () => {
  expect(truth("up == 0", 120_000)).toBe(
    `sum_over_time(${truth("up == 0")}[2m:15s]) >= bool 8 and (${finite("up")})`,
  );
  expect(truth("up == 0", 5_000)).toContain("[15s:15s]) >= bool 1");
});

it("may have a comment at its end", () => {
  expect(syntaxOf(truth("up == 0 # down", 60_000))).not.toBeNull();
});
