import { describe, expect, it } from "@jest/globals";
import { syntaxOf } from "../../src/adapters/promql/syntax-of.ts";
import type { AlertRule } from "../../src/domain/alert.ts";
import { derivedCriteria } from "../../src/domain/derived-criteria.ts";
import type { MetricPolicy } from "../../src/domain/policy.ts";

const RATIO: MetricPolicy = {
  record: "error_rate",
  expr: "bad / total * 100",
  unit: "percent",
  noData: "blind",
  counts: { kind: "ratio", bad: "bad_total", total: "all_total" },
};

function alertOf(alert: string, expr: string, more: Partial<AlertRule> = {}): AlertRule {
  return {
    alert,
    expr,
    for: 0,
    keepFiringFor: null,
    labels: new Map(),
    annotations: new Map(),
    limits: [],
    trigger: null,
    blind: false,
    ...more,
  };
}

const trigger = (alert: string, expr: string, more: Partial<AlertRule> = {}): AlertRule =>
  alertOf(alert, expr, { trigger: { alert, tier: "stage", flags: [], suspects: null }, ...more });

const derived = (alerts: readonly AlertRule[], metrics: readonly MetricPolicy[] = []) =>
  derivedCriteria({ application: "shop", alerts, metrics, read: syntaxOf });

describe("the gate of a policy that has none", () => {
  it("is red where a trigger is true and yellow where a warning is", () => {
    const [red, yellow, ...rest] = derived([
      trigger("Down", "up == 0"),
      alertOf("Slow", "latency > 1", { labels: new Map([["severity", "critical"]]) }),
    ]);
    expect(red).toEqual({
      metric: "Down",
      alert: "Down",
      expr: "(count(up == 0\n) > bool 0 or (count((up) - (up) == 0)) * 0)",
      source: "prometheus",
      green: { comparison: "==", value: 0 },
      red: { comparison: ">=", value: 1 },
      sustained: "whole-bake",
    });
    expect(yellow).toMatchObject({ metric: "Slow", red: null });
    expect(rest).toEqual([]);
  });

  it("does not ask what says nothing of it", () => {
    const labels = new Map([["severity", "none"]]);
    expect(
      derived([
        alertOf("Blind", "absent(up)", { blind: true }),
        alertOf("Info", "up == 1", { labels }),
        alertOf("Watchdog", "vector(1)"),
        trigger("Unreadable", "up =="),
      ]),
    ).toEqual([]);
  });

  it("tells alerts of one name apart", () => {
    const names = derived([alertOf("Slow", "a > 1"), alertOf("Slow", "b > 1"), alertOf("Slow", "c > 1")]);
    expect(names.map(({ metric }) => metric)).toEqual(["Slow", "Slow 2", "Slow 3"]);
  });

  it("judges a metric that counts requests by them: the strictest trigger is red, what no warning is about is green", () => {
    const above = (limit: number): Partial<AlertRule> => ({
      condition: { metric: "error_rate", bad: "above", limit },
    });
    const counted = {
      counts: RATIO.counts,
      judge: "sequential",
      minimum: 0,
      yellow: "as-before",
      compare: null,
    };
    const all = [
      trigger("Much", "x", above(5)),
      trigger("Spike", "x", above(1)),
      alertOf("Elevated", "x", above(0.5)),
    ];
    const row = { metric: "error_rate", expr: null, source: "prometheus", sustained: "whole-bake", counted };
    expect(derived(all, [RATIO])).toEqual([
      { ...row, green: { comparison: "<=", value: 0.5 }, red: { comparison: ">", value: 1 } },
    ]);
    expect(derived(all.slice(2), [RATIO])).toEqual([
      { ...row, green: { comparison: "<=", value: 0.5 }, red: null },
    ]);
  });

  it("takes an alert at its word where its metric counts nothing, or not that", () => {
    const of = (condition: AlertRule["condition"], expr = "error_rate > 1"): AlertRule =>
      trigger("A", expr, condition === undefined ? {} : { condition });
    const { counts: _, ...plain } = RATIO;
    const above = { metric: "error_rate", bad: "above", limit: 1 } as const;
    expect(derived([of(above)], [plain])).toMatchObject([{ metric: "A" }]);
    expect(derived([of({ ...above, metric: "other" })], [RATIO])).toMatchObject([{ metric: "A" }]);
    expect(derived([of({ ...above, bad: "below" })], [RATIO])).toMatchObject([{ metric: "A" }]);
    expect(derived([of({ metric: "error_rate", slo: 99.9 })], [RATIO])).toMatchObject([{ metric: "A" }]);
  });
});
