import { describe, expect, it } from "@jest/globals";
import { valuesOf } from "../../../src/domain/generate/counter-series.ts";
import { sharedMetricsOf } from "../../../src/domain/generate/prometheus-rules.ts";
import type { RuleTest } from "../../../src/domain/generate/rule-test-file.ts";
import { ruleTests } from "../../../src/domain/generate/rule-tests.ts";
import { policyFrom, ruleOf, rulesOf } from "../../support/generated.ts";

const RATIO = "unit: percent, ratio: { bad: errors_total, total: requests_total }";

function testsOf(metric: string, alerts: string): readonly RuleTest[] {
  const policy = policyFrom(`metrics:\n  - { record: m, ${metric} }\nalerts:\n${alerts}`);
  const { tests } = ruleTests(policy, rulesOf(policy).file, "a.rules.yml");
  return tests.filter(({ name }) => name.startsWith("m: "));
}

const alert = (text: string, name = "A"): string => `  - { alert: ${name}, ${text} }\n`;

/** What the series of the first test are called. */
const seriesOf = (metric: string, condition = "above: 1"): string[] | undefined =>
  testsOf(metric, alert(`metric: m, ${condition}`))[0]?.input_series.map(({ series }) => series);

describe("the tests of few requests", () => {
  it("are of one and two bad ones at three rates, and of outages", () => {
    const tests = testsOf(RATIO, alert("metric: m, above: 1"));
    expect(tests.map(({ name }) => name)).toEqual([
      "m: one bad request at 1 a minute fires nothing",
      "m: two bad requests 40s apart at 1 a minute fires nothing",
      "m: one bad request at 10 a minute fires nothing",
      "m: two bad requests 40s apart at 10 a minute fires nothing",
      "m: one bad request at 60 a minute fires nothing",
      "m: two bad requests 40s apart at 60 a minute fires nothing",
      "m: an outage at 10 a minute fires in time",
      "m: an outage at 10 a minute fires in time, though nothing had failed before",
      "m: an outage at 1 a minute fires in time",
    ]);
    const firing = (time: string): string =>
      `count(count_over_time(ALERTS{alertname="A",alertstate="firing",application="shop"}[${time}]))`;
    expect(tests[3]).toMatchObject({
      interval: "5s",
      input_series: [
        { series: 'errors_total{instance="tested:80",job="shop"}', values: "1000+0x59 1001+0x7 1002+0x76" },
        { series: 'requests_total{instance="tested:80",job="shop"}' },
      ],
      promql_expr_test: [{ expr: firing("12m"), eval_time: "12m", exp_samples: [] }],
    });
    expect(tests[7]).toMatchObject({
      input_series: [{ values: expect.stringMatching(/^_x60 1\+0x1 2\+1x4 /) }, {}],
      promql_expr_test: [
        { expr: firing("1m30s"), eval_time: "6m30s", exp_samples: [{ labels: "{}", value: 1 }] },
      ],
    });
    expect(tests[8]?.promql_expr_test?.[0]).toMatchObject({ expr: firing("10m"), eval_time: "15m" });
  });

  it("hold every alert of a metric to what it promises", () => {
    const tests = testsOf(
      RATIO,
      [
        alert("metric: m, above: 20, for: 0s", "Large"),
        alert("metric: m, slo: 99", "Budget"),
        alert("metric: m, below: 1", "Low"),
        alert("expr: m > 1", "Written"),
        alert("metric: m, above: 1, for: 3m", "Twice"),
        alert("expr: m > 2", "Twice"),
      ].join(""),
    );
    const alertsOf = (test: RuleTest | undefined): unknown[] =>
      (test?.promql_expr_test ?? []).map(({ expr }) => [
        /alertname="(\w+)"/.exec(expr)?.[1],
        /\[(\w+)\]/.exec(expr)?.[1],
      ]);
    expect(alertsOf(tests[0])).toEqual([
      ["Large", "12m"],
      ["Budget", "12m"],
    ]);
    // Ten requests say little of a limit of 20 %.
    expect(alertsOf(tests[6])).toEqual([["Budget", "10m"]]);
    expect(testsOf(RATIO, alert("metric: m, above: 20"))).toHaveLength(6);
    // What waits for longer fires later, and it takes longer to tell that a large budget burns.
    const patient = testsOf(
      RATIO,
      [alert("metric: m, above: 1, for: 15m", "Patient"), alert("metric: m, slo: 94, for: 5m", "Loose")].join(
        "",
      ),
    );
    expect(alertsOf(patient[6])).toEqual([
      ["Patient", "15m30s"],
      ["Loose", "24m"],
    ]);
    expect(alertsOf(patient[8])).toEqual([
      ["Patient", "24m"],
      ["Loose", "24m"],
    ]);
    expect(testsOf(RATIO, alert("expr: m > 1"))).toEqual([]);
  });

  it("have the buckets that are read of a histogram", () => {
    const bucket = (le: string): string => `d_bucket{instance="tested:80",job="x",le="${le}"}`;
    const count = 'd_count{instance="tested:80",job="x"}';
    const share = "unit: percent, latency: { histogram: 'd{job=\"x\"}', above: 500ms }";
    expect(seriesOf(share)).toEqual([bucket("0.5"), bucket("+Inf"), count]);
    const quantile = "unit: milliseconds, latency: { histogram: 'd{job=\"x\"}', quantile: 0.9 }";
    expect(
      seriesOf(
        quantile,
        "limits: [{ traffic: 10, limit: 2000 }, { traffic: 100, limit: 300 }] }\n  - { alert: B, expr: m > 1",
      ),
    ).toEqual([bucket("0.3"), bucket("2"), bucket("+Inf"), count]);
    // Nothing is promised of a tenth of all requests.
    expect(testsOf(quantile, alert("metric: m, above: 300"))).toHaveLength(6);
    expect(testsOf(share, alert("metric: m, above: 1"))).toHaveLength(8);
  });

  it("have labels that the selectors tell apart", () => {
    const of = (bad: string, total: string): string[] | undefined =>
      seriesOf(`unit: percent, ratio: { bad: '${bad}', total: '${total}' }`);
    expect(of('r{code=~"5.."}', "r")).toEqual([
      'r{instance="tested:80",job="shop",code="500"}',
      'r{instance="tested:80",job="shop"}',
    ]);
    expect(of('e{kind=~"slow|broken",job!="x",code!~"4.."}', 'r{job="web"}')).toEqual([
      'e{instance="tested:80",job="shop",kind="slow"}',
      'r{instance="tested:80",job="web"}',
    ]);
  });

  it("are not there where the labels are not known", () => {
    const of = (bad: string, total = "r"): string[] | undefined =>
      seriesOf(`unit: percent, ratio: { bad: '${bad}', total: '${total}' }`);
    for (const bad of [
      'e{a=~"[0-9]{9}"}',
      'e{"app.name"="shop"}',
      'e{a=~"(?i)b"}',
      'r{code!~"2.."}',
      'e{job=""}',
    ])
      expect([bad, of(bad)]).toEqual([bad, bad === 'e{job=""}' ? expect.anything() : undefined]);
    expect(of("e", 'r{a=~"[0-9]{9}"}')).toBeUndefined();
    expect(of("e", 'r{"app.name"="shop"}')).toBeUndefined();
    expect(
      seriesOf("unit: percent, latency: { histogram: 'd{a=~\"[0-9]{9}\"}', above: 1s }"),
    ).toBeUndefined();
  });
});

describe("a counter's values", () => {
  it("are runs of equal steps, from what it began with or from its first request on", () => {
    expect(valuesOf([], 20, 5, 7)).toBe("7+0x4");
    expect(valuesOf([5, 10, 15], 20, 5, 0)).toBe("0+1x3 3");
    expect(valuesOf([12, 12], 20, 5, null)).toBe("_x3 2+0x1");
    expect(valuesOf([], 20, 5, null)).toBe("");
    expect(valuesOf([20], 20, 5, null)).toBe("_x4 1");
  });
});

describe("what is recorded of a metric's requests", () => {
  const policy = policyFrom(`metrics:
  - { record: m, ${RATIO} }
  - { record: q, unit: milliseconds, latency: { histogram: d, quantile: 0.95 } }
alerts:
  - { alert: A, metric: m, slo: 99.9 }
  - { alert: B, metric: q, limits: [{ traffic: 10, limit: 0.5 }, { traffic: 100, limit: 300 }] }
  - { alert: C, metric: q, above: 300 }
`);
  const records = (of: string): string[] =>
    rulesOf(policy)
      .file.groups.flatMap(({ rules }) => rules)
      .flatMap((rule) =>
        "record" in rule && rule.record.startsWith(`${of}:`) ? [rule.record.slice(2)] : [],
      );

  it("are the windows of error budgets where one is asked for", () => {
    expect(records("m").filter((name) => name.startsWith("bad"))).toEqual(
      ["1m", "5m", "30m", "1h", "6h"].map((window) => `bad:increase${window}`),
    );
  });

  it("are those above each bound of a quantile that an alert names, and the total once", () => {
    expect(records("q")).toEqual([
      "total:increase1m",
      "above500us:increase1m",
      "above300ms:increase1m",
      "total:increase5m",
      "above500us:increase5m",
      "above300ms:increase5m",
    ]);
  });

  it("are one application's own where several record the same", () => {
    const shared = sharedMetricsOf([policy, policy]);
    expect(shared.has("m:bad:increase1m")).toBe(true);
    expect(ruleOf(rulesOf(policy, undefined, [policy, policy]), "A").expr).toMatch(
      /^m\{application="shop"\} and \(\n {2}m:bad:increase1h\{application="shop"\} >= /,
    );
  });

  it("is judged for each share of traffic by its own bound", () => {
    const { expr } = ruleOf(rulesOf(policy), "B");
    expect(expr).toMatch(
      /q:above500us:increase1m.*\n[\s\S]*<= 10\)\nor\n[\s\S]*q:above300ms:increase1m[\s\S]* > 10\)$/,
    );
  });
});
