import { describe, expect, it } from "@jest/globals";
import type { RuleTest } from "../../../src/domain/generate/rule-test-file.ts";
import { ruleTests } from "../../../src/domain/generate/rule-tests.ts";
import { genesis, policyFrom, rulesOf } from "../../support/generated.ts";

const testsOf = (policy = genesis()) => ruleTests(policy, rulesOf(policy).file, "a.rules.yml").tests;

const testsWith = (alerts: string, metrics = "") =>
  testsOf(policyFrom(`${metrics}alerts:\n${alerts}\n`)).filter(({ name }) => !name.includes("Rollguard"));

const named = (tests: readonly RuleTest[], name: string): RuleTest => {
  const found = tests.find((test) => test.name === name);
  if (found === undefined)
    throw new Error(`no test "${name}" in ${tests.map((test) => test.name).join("\n")}`);
  return found;
};

describe("the tests of Genesis' rules", () => {
  const tests = testsOf();
  const names = tests.map(({ name }) => name);

  it("name the rules that they are for, and the interval at which they are judged", () => {
    expect(ruleTests(genesis(), rulesOf(genesis()).file, "a.rules.yml")).toMatchObject({
      rule_files: ["a.rules.yml"],
      evaluation_interval: "15s",
    });
    expect(new Set(names).size).toBe(names.length);
  });

  it("are below, at and above each threshold", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "TestPassRateCritical fires at 94.9",
        "TestPassRateCritical is quiet at 95",
        "TestPassRateCritical is quiet at 95.1",
        "ErrorRateSpike is quiet at 0.9",
        "ErrorRateSpike is quiet at 1",
        "ErrorRateSpike fires at 1.1",
        "ErrorRateElevated fires at 0.51",
        "ServiceDown fires at 0",
        "ServiceDown is quiet at 0.1",
        "ServiceFlapping fires at 0.69",
        "ServiceFlapping is quiet at 0.71",
        "NoRequests fires at 0",
        "NoRequests is quiet at 0.1",
        "RollguardWebhookFailing is quiet at 0",
        "RollguardWebhookFailing fires at 0.1",
      ]),
    );
    // Not what rounding decides, nor a counter that counts down.
    expect(names).not.toContain("ServiceFlapping is quiet at 0.7");
    expect(names).not.toContain("NoRequests is quiet at -0.1");
  });

  it("are for each share of traffic, at both of its ends", () => {
    for (const [traffic, limit] of [
      [0, 3],
      [10, 3],
      [10.01, 4],
      [50, 4],
      [50.01, 5],
      [100, 5],
    ] as const) {
      expect(names).toEqual(
        expect.arrayContaining([
          `HealthChecksFailing is quiet at ${limit - 0.1} with ${traffic} % of traffic`,
          `HealthChecksFailing fires at ${limit} with ${traffic} % of traffic`,
          `HealthChecksFailing fires at ${limit + 0.1} with ${traffic} % of traffic`,
        ]),
      );
    }
    expect(names.filter((name) => name.includes("% of traffic"))).toHaveLength(3 * 6 * 3);
  });

  it("show that an alert on instants misses a target that flaps, and its companion does not", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "ServiceDown misses a target that flaps",
        "ServiceFlapping fires for a target that flaps",
      ]),
    );
    expect(named(tests, "ServiceDown misses a target that flaps")).toMatchObject({ interval: "5s" });
  });

  it("show what a metric's absence does", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "HealthChecksAbsent is quiet with data",
        "HealthChecksAbsent fires without health_check_failures",
        "HealthChecksAbsent fires without health_checks_passed",
        "RollguardDown fires while up is 0",
        "no alert fires for NaN",
        "without data only blindness fires",
      ]),
    );
    const { alert_rule_test: expectations = [] } = named(tests, "without data only blindness fires");
    const firing = expectations.filter(({ exp_alerts }) => exp_alerts.length > 0);
    expect(firing.map(({ alertname, eval_time }) => `${alertname} ${eval_time}`)).toEqual([
      "TestPassRateAbsent 2m",
      "ErrorRateAbsent 2m",
      "P95LatencyAbsent 2m",
      "P99LatencyAbsent 2m",
      "HealthChecksAbsent 2m",
      "TargetAbsent 2m",
      "Watchdog 0s",
      "RollguardDown 1m",
      "RollguardTrafficUnknown 1m",
    ]);
  });

  it("show which traffic is believed", () => {
    expect(names.slice(-3)).toEqual([
      "the traffic is the largest that a responder tells",
      "the traffic is remembered, and then taken for that of a full rollout",
      "traffic that nobody tells is that of a full rollout",
    ]);
  });
});

describe("a test of a trigger", () => {
  it("is quiet one evaluation before `for`, and then fires with all its labels and words", () => {
    const tests = testsWith(`  - alert: A
    expr: a{env="live"} > 1
    for: 1m
    rollback: stage
    labels: { where: "{{ $labels.env }}" }
    annotations: { summary: S, description: "{{ $value }} at {{ $labels.instance }}" }`);
    expect(named(tests, "A fires at 1.1")).toEqual({
      name: "A fires at 1.1",
      interval: "15s",
      input_series: [{ series: 'a{instance="tested:80",job="shop",env="live"}', values: "0.9+0x3 1.1+0x9" }],
      alert_rule_test: [
        { eval_time: "1m45s", alertname: "A", exp_alerts: [] },
        {
          eval_time: "2m",
          alertname: "A",
          exp_alerts: [
            {
              exp_labels: {
                instance: "tested:80",
                job: "shop",
                env: "live",
                application: "shop",
                severity: "critical",
                rollback: "stage",
                where: "live",
              },
              exp_annotations: {
                summary: "S",
                description: "1.1 at tested:80",
                runbook_url: "docs/runbooks/A.md",
              },
            },
          ],
        },
      ],
    });
  });

  it("counts the alert when its words cannot be foretold", () => {
    const tests = testsWith(
      '  - { alert: A, expr: a > 1, annotations: { summary: "{{ $value | humanize }}" } }',
    );
    const { alert_rule_test, promql_expr_test } = named(tests, "A fires at 1.1");
    expect(alert_rule_test).toEqual([{ eval_time: "45s", alertname: "A", exp_alerts: [] }]);
    expect(promql_expr_test).toEqual([
      {
        expr: 'count(ALERTS{alertname="A",alertstate="firing",application="shop"})',
        eval_time: "1m",
        exp_samples: [{ labels: "{}", value: 1 }],
      },
    ]);
  });

  it("waits for whole evaluations", () => {
    const { alert_rule_test: moments = [] } = named(
      testsWith("  - { alert: A, expr: a > 1, for: 20s }"),
      "A fires at 1.1",
    );
    expect(moments.map(({ eval_time }) => eval_time)).toEqual(["1m15s", "1m30s"]);
  });

  it("is given the application's own series of a recorded metric", () => {
    const tests = testsWith(
      "  - { alert: A, expr: a > 1 }",
      "metrics: [{ record: a, expr: raw, unit: count }]\n",
    );
    expect(named(tests, "A is quiet at 1").input_series).toEqual([
      { series: 'a{application="shop",instance="tested:80",job="shop"}', values: "1+0x5" },
    ]);
  });

  it("knows every comparison", () => {
    const fires = (comparison: string) =>
      testsWith(`  - { alert: A, expr: a ${comparison} 5 }`)
        .map(({ name }) => /A fires at (.*)/.exec(name)?.[1])
        .filter((value) => value !== undefined);
    expect(["<", "<=", ">", ">=", "==", "!="].map(fires)).toEqual([
      ["4.9"],
      ["4.9", "5"],
      ["5.1"],
      ["5", "5.1"],
      ["5"],
      ["4.9", "5.1"],
    ]);
    expect(testsWith("  - { alert: A, expr: a != 5 }").map(({ name }) => name)).toContain(
      "no alert fires for NaN",
    );
  });

  it("gives a counter a rate, and an increase over its window", () => {
    const inputOf = (expr: string, name: string) =>
      named(testsWith(`  - { alert: A, expr: "${expr}" }`), name).input_series[0]?.values;
    expect(inputOf("rate(a[1m]) > 2", "A fires at 2.1")).toBe("1000000+31.5x6");
    expect(inputOf("increase(a[1m]) > 2", "A fires at 2.1")).toBe("1000000+0.525x6");
  });

  it("is exact about an average of whole numbers", () => {
    expect(testsWith("  - { alert: A, expr: 'avg_over_time(a[1m]) > 2' }").map(({ name }) => name)).toEqual([
      "A is quiet at 1.9",
      "A is quiet at 2",
      "A fires at 2.1",
      "no alert fires for NaN",
      "without data only blindness fires",
    ]);
  });
});

describe("tests that would prove nothing", () => {
  const namesWith = (alerts: string, metrics = "") => testsWith(alerts, metrics).map(({ name }) => name);
  const ONLY_SELF = ["no alert fires for NaN", "without data only blindness fires"];

  it("are left out where an expression's form is not known", () => {
    expect(namesWith("  - { alert: A, expr: a / b > 1 }")).toEqual(ONLY_SELF);
  });

  it("are left out where a metric has a value without data", () => {
    const metrics = "metrics: [{ record: a, expr: raw or vector(0), unit: count }]\n";
    expect(namesWith("  - { alert: A, expr: a < 1 }", metrics)).toEqual(ONLY_SELF);
  });

  it("are left out where two alerts share a name", () => {
    expect(namesWith("  - { alert: A, expr: a < 1 }\n  - { alert: A, expr: b < 1 }")).toEqual(ONLY_SELF);
  });

  it("are left out for limits of a form that is not known", () => {
    const limits = "limits: [{ traffic: 100, limit: 1 }]";
    const all = namesWith(
      [
        `  - { alert: A, expr: "a / b > $limit", ${limits} }`,
        `  - { alert: B, expr: "avg_over_time(b[1m]) > $limit", ${limits} }`,
      ].join("\n"),
    );
    expect(all.filter((name) => name.includes("% of traffic"))).toEqual([]);
  });

  it("do not test a target that flaps by what is no reading of it", () => {
    expect(namesWith("  - { alert: A, expr: 'rate(up[1m]) > 1' }").join()).not.toContain("flaps");
    expect(namesWith("  - { alert: A, expr: 'max(up) == 0', for: 1m }").join()).toContain(
      "A misses a target that flaps",
    );
  });

  it("are none at all without rules", () => {
    expect(ruleTests(policyFrom(""), { groups: [] }, "x").tests).toEqual([]);
  });
});

describe("a test of an absence", () => {
  it("gives a comparison's counterpart the other value", () => {
    const tests = testsWith("  - { alert: A, expr: absent(a == 0) or absent(b), blind: true }");
    expect(named(tests, "A fires while a is 1").input_series).toEqual([
      { series: 'b{instance="tested:80",job="shop"}', values: "1+0x5" },
      { series: 'a{instance="tested:80",job="shop"}', values: "1+0x5" },
    ]);
  });

  it("is of one alert for each set of labels", () => {
    const tests = testsWith(
      "  - { alert: A, expr: 'absent(a) or absent(b{c=\"d\"}) or absent(e)', blind: true }",
    );
    const { alert_rule_test: all = [] } = named(tests, "without data only blindness fires");
    const fired = all.find(({ alertname, exp_alerts }) => alertname === "A" && exp_alerts.length > 0);
    expect(fired?.exp_alerts.map(({ exp_labels }) => exp_labels)).toEqual([
      { application: "shop", severity: "critical", blind: "true" },
      { application: "shop", severity: "critical", blind: "true", c: "d" },
    ]);
  });
});
