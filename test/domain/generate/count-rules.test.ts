import { describe, expect, it } from "@jest/globals";
import { sharedMetricsOf } from "../../../src/domain/generate/prometheus-rules.ts";
import { DEFAULT_TARGET } from "../../../src/domain/generate/versions.ts";
import { policyFrom, ruleOf, rulesOf } from "../../support/generated.ts";

const METRICS = `metrics:
  - { record: error_rate, unit: percent, ratio: { bad: errors_total, total: 'requests_total{job="x"}' } }
  - { record: slow, unit: percent, latency: { histogram: 'took_seconds{job="x"}', above: 1s } }
  - { record: p95, unit: milliseconds, latency: { histogram: took_seconds, quantile: 0.95 } }
`;

const exprOf = (rules: ReturnType<typeof rulesOf>, name: string) => ruleOf(rules, name).expr;

describe("the recording rules of a metric that counts", () => {
  it("come before the metric that is made of them", () => {
    const [group] = rulesOf(policyFrom(METRICS)).file.groups;
    expect(group?.rules.map((rule) => ("record" in rule ? rule.record : rule.alert))).toEqual([
      "error_rate:total:increase1m",
      "error_rate:bad:increase1m",
      "error_rate:total:increase5m",
      "error_rate:bad:increase5m",
      "error_rate",
      "slow:total:increase1m",
      "slow:bad:increase1m",
      "slow:total:increase5m",
      "slow:bad:increase5m",
      "slow",
      "p95",
    ]);
  });

  it("sum over all instances, and know that no series of failures means none", () => {
    const rules = rulesOf(policyFrom(METRICS));
    expect(exprOf(rules, "error_rate:total:increase5m")).toBe('sum(increase(requests_total{job="x"}[5m]))');
    expect(exprOf(rules, "error_rate:bad:increase1m")).toBe(
      'sum(increase(errors_total[1m])) or sum(increase(requests_total{job="x"}[1m])) * 0',
    );
    expect(exprOf(rules, "error_rate")).toBe("error_rate:bad:increase1m / error_rate:total:increase1m * 100");
  });

  it("read a histogram both ways, where the version can", () => {
    const rules = rulesOf(policyFrom(METRICS));
    const native = 'sum(increase(took_seconds{job="x"}[1m]))';
    const classic =
      'sum(increase(took_seconds_count{job="x"}[1m])) - sum(increase(took_seconds_bucket{job="x",le=~"1([.]0)?"}[1m]))';
    expect(exprOf(rules, "slow:bad:increase1m")).toBe(
      `${classic} or histogram_count(${native}) * (1 - histogram_fraction(-Inf, 1, ${native}))`,
    );
    const old = { ...DEFAULT_TARGET, prometheus: { major: 2, minor: 39 } };
    expect(exprOf(rulesOf(policyFrom(METRICS), old), "slow:bad:increase1m")).toBe(classic);
    expect(exprOf(rulesOf(policyFrom(METRICS), old), "slow:total:increase1m")).toBe(
      'sum(increase(took_seconds_count{job="x"}[1m]))',
    );
  });

  it("read only their own application's counts where another one records the same", () => {
    const all = [policyFrom(METRICS), policyFrom(METRICS, "till")];
    const rules = rulesOf(all[0] as (typeof all)[0], DEFAULT_TARGET, all);
    expect(exprOf(rules, "error_rate")).toBe(
      'error_rate:bad:increase1m{application="shop"} / error_rate:total:increase1m{application="shop"} * 100',
    );
    expect(sharedMetricsOf(all).has("slow:bad:increase5m")).toBe(true);
  });
});
