import { describe, expect, it } from "@jest/globals";
import { sharedMetricsOf } from "../../../src/domain/generate/prometheus-rules.ts";
import { isAlerting } from "../../../src/domain/generate/rule-file.ts";
import { formatDuration } from "../../../src/domain/time.ts";
import { alertOf, genesis, INSTALLED, policyFrom, ruleOf, rulesOf } from "../../support/generated.ts";

const namesIn = (rules: ReturnType<typeof rulesOf>) =>
  Object.fromEntries(
    rules.file.groups.map((group) => [
      group.name,
      group.rules.map((rule) => (isAlerting(rule) ? rule.alert : rule.record)),
    ]),
  );

const SELF = [
  "RollguardDown",
  "RollguardInstanceDown",
  "RollguardStoreDown",
  "RollguardWebhookFailing",
  "RollguardBlind",
  "RollguardOutboxStuck",
  "RollguardOutboxBacklog",
  "RollguardDeadLetters",
  "RollguardPolicyReloadFailed",
];

describe("the rules of Genesis", () => {
  const policy = genesis();
  const rules = rulesOf(policy);

  it("are in groups of stable names, each of them once", () => {
    expect(namesIn(rules)).toEqual({
      "genesis-rollback": [
        ...policy.metrics.map(({ record }) => record),
        "rollguard_traffic_percentage:known",
        "TestPassRateCritical",
        "ErrorRateSpike",
        "LatencyExtreme",
        "ServiceDown",
        "ServiceFlapping",
        "P99LatencyExtreme",
        "HealthChecksFailing",
        "ErrorRateAboveStageLimit",
        "LatencyAboveStageLimit",
      ],
      "genesis-warnings": [
        "ErrorRateElevated",
        "LatencyElevated",
        "TestPassRateLow",
        "HighMemoryUsage",
        "HighCPUUsage",
      ],
      "genesis-blindness": [
        "TestPassRateAbsent",
        "ErrorRateAbsent",
        "P95LatencyAbsent",
        "P99LatencyAbsent",
        "HealthChecksAbsent",
        "TargetAbsent",
        "AllTargetsDown",
        "NoRequests",
        "NoTests",
      ],
      "genesis-watchdog": ["Watchdog"],
      "genesis-rollguard": [...SELF, "RollguardTrafficUnknown"],
    });
  });

  it("are judged every 15 s, also by a Prometheus that judges less often", () => {
    expect(rules.file.groups.map(({ interval }) => interval)).toEqual(Array(5).fill("15s"));
  });

  it("carry application and severity, and what they call for", () => {
    for (const group of rules.file.groups) {
      for (const rule of group.rules) {
        expect(rule.labels.application).toBe("genesis");
        if (!isAlerting(rule)) continue;
        const entry = policy.alerts.find(({ alert }) => alert === rule.alert);
        expect(["critical", "warning", "none"]).toContain(rule.labels.severity);
        expect(rule.labels.rollback).toBe(entry?.trigger?.tier);
        expect(rule.labels.blind).toBe(entry?.blind === true ? "true" : undefined);
        expect(rule.annotations.summary).toBeTruthy();
        expect(rule.annotations.description).toBeTruthy();
        expect(rule.annotations.runbook_url).toBe(`docs/runbooks/${rule.alert}.md`);
      }
    }
  });

  it("have the expressions and durations of the policy, letter by letter", () => {
    expect(alertOf(rules, "ErrorRateSpike")).toEqual({
      alert: "ErrorRateSpike",
      expr: "error_rate > 1.0",
      for: "1m",
      labels: { application: "genesis", severity: "critical", rollback: "safe-state" },
      annotations: {
        summary: "Error rate above 1 %",
        description: "{{ $value }} % of the requests fail. All traffic goes back to the old system.",
        runbook_url: "docs/runbooks/ErrorRateSpike.md",
      },
    });
    expect(ruleOf(rules, "test_pass_rate")).toEqual({
      record: "test_pass_rate",
      expr: "genesis_tests_passed / genesis_tests_total * 100",
      labels: { application: "genesis" },
    });
  });

  it("say of each alert and each metric what the policy says of it, and nothing else", () => {
    for (const entry of policy.alerts) {
      const { expr, for: wait, labels, annotations } = alertOf(rules, entry.alert);
      if (entry.limits.length === 0) expect(expr).toBe(entry.expr);
      expect(wait).toBe(entry.for > 0 ? formatDuration(entry.for) : undefined);
      const { application: _, rollback: _tier, blind: _blind, ...own } = labels;
      expect(own).toEqual({ severity: labels.severity, ...Object.fromEntries(entry.labels) });
      expect(annotations).toEqual({
        runbook_url: `docs/runbooks/${entry.alert}.md`,
        ...Object.fromEntries(entry.annotations),
      });
    }
    for (const { record, expr } of policy.metrics)
      expect(ruleOf(rules, record)).toEqual({ record, expr, labels: { application: "genesis" } });
  });

  it("know where each of them comes from", () => {
    expect(rules.origins.map((group) => group.length)).toEqual(rules.file.groups.map((g) => g.rules.length));
    for (const [index, group] of rules.file.groups.entries()) {
      for (const [at, rule] of group.rules.entries()) {
        const [section, entry] = rules.origins[index]?.[at] ?? [];
        if (section === "alerts")
          expect(policy.alerts[Number(entry)]?.alert).toBe(isAlerting(rule) && rule.alert);
        else if (section === "metrics")
          expect(policy.metrics[Number(entry)]?.record).toBe("record" in rule && rule.record);
        else expect(section).toBe("application");
      }
    }
  });

  it("judge a canary more strictly: one row of limits applies at a time", () => {
    const known = 'rollguard_traffic_percentage:known{application="genesis"}';
    expect(alertOf(rules, "ErrorRateAboveStageLimit").expr).toBe(
      [
        `(\n  error_rate > 0.5\n) and on () (${known} <= 10)`,
        `(\n  error_rate > 0.8\n) and on () (${known} > 10 <= 50)`,
        `(\n  error_rate > 1\n) and on () (${known} > 50)`,
      ].join("\nor\n"),
    );
    const told = 'rollguard_traffic_percentage{application="genesis"}';
    expect(ruleOf(rules, "rollguard_traffic_percentage:known").expr).toBe(
      `max(${told}) or max(last_over_time(${told}[2m])) or vector(100)`,
    );
  });
});

describe("the rules of any policy", () => {
  it("are only those that it has, and the ones on Rollguard itself", () => {
    expect(namesIn(rulesOf(policyFrom("")))).toEqual({ "shop-rollguard": SELF });
  });

  it("fill in what people need when an alert says less", () => {
    const rules = rulesOf(
      policyFrom(`alerts:
  - { alert: Trigger, expr: a > 1, rollback: stage, labels: { team: "{{ them }}", blind: "no" } }
  - { alert: Blind, expr: absent(a), blind: true }
  - { alert: Warning, expr: a > 0, annotations: { summary: "{{ $value }} {{ all }}", more: x } }
`),
    );
    expect(alertOf(rules, "Trigger")).toEqual({
      alert: "Trigger",
      expr: "a > 1",
      labels: { application: "shop", severity: "critical", rollback: "stage", team: '{{"{{"}} them }}' },
      annotations: {
        summary: "Trigger",
        description: "The value is {{ $value }}.",
        runbook_url: "docs/runbooks/Trigger.md",
      },
    });
    expect(alertOf(rules, "Blind").labels).toEqual({
      application: "shop",
      severity: "critical",
      blind: "true",
    });
    expect(alertOf(rules, "Warning").labels).toEqual({ application: "shop", severity: "warning" });
    expect(alertOf(rules, "Warning").annotations).toMatchObject({
      summary: '{{ $value }} {{"{{"}} all }}',
      more: "x",
    });
  });

  it("leave keep_firing_for to a Prometheus that knows it", () => {
    const policy = policyFrom("alerts: [{ alert: A, expr: a > 1, for: 90s, keep_firing_for: 1h }]\n");
    const at = (minor: number) =>
      alertOf(rulesOf(policy, { ...INSTALLED, prometheus: { major: 2, minor } }), "A");
    expect(at(42)).toMatchObject({ for: "1m30s", keep_firing_for: "1h" });
    expect(at(41)).not.toHaveProperty("keep_firing_for");
  });

  it("need no traffic for limits that are the same at any", () => {
    const policy = policyFrom(
      "alerts: [{ alert: A, expr: 'a > $limit', limits: [{ traffic: 100, limit: -2 }] }]\n",
    );
    expect(alertOf(rulesOf(policy), "A").expr).toBe("(\n  a > -2\n)");
  });

  it("keep applications apart that record the same metric", () => {
    const text = `metrics: [{ record: error_rate, expr: a, unit: percent }, { record: double, expr: error_rate * 2, unit: percent }]
alerts: [{ alert: A, expr: error_rate > 1 }, { alert: B, expr: double > 1 }]
`;
    const shop = policyFrom(text);
    const bank = policyFrom(text.replaceAll("double", "twice"), "bank");
    expect(sharedMetricsOf([shop, bank])).toEqual(new Set(["error_rate"]));
    const rules = rulesOf(shop, INSTALLED, [shop, bank]);
    expect(alertOf(rules, "A").expr).toBe('error_rate{application="shop"} > 1');
    expect(alertOf(rules, "B").expr).toBe("double > 1");
    expect(ruleOf(rules, "double").expr).toBe('error_rate{application="shop"} * 2');
    expect(alertOf(rulesOf(shop, INSTALLED, [shop]), "A").expr).toBe("error_rate > 1");
  });
});

describe("the alerts on Rollguard itself", () => {
  const rules = rulesOf(policyFrom(""));

  it.each([
    ["RollguardDown", 'absent(up{job="rollguard"} == 1)', "1m", "critical"],
    ["RollguardInstanceDown", 'up{job="rollguard"} == 0', "1m", "warning"],
    ["RollguardStoreDown", "rollguard_store_up == 0", "1m", "critical"],
    [
      "RollguardWebhookFailing",
      'sum(increase(alertmanager_notifications_failed_total{integration="webhook"}[5m])) > 0',
      "1m",
      "critical",
    ],
    ["RollguardBlind", 'max(rollguard_blind{application="shop"}) == 1', "1m", "critical"],
    ["RollguardOutboxStuck", 'max(rollguard_outbox_age_seconds{application="shop"}) > 120', "1m", "critical"],
    [
      "RollguardOutboxBacklog",
      'max(rollguard_outbox_depth{application="shop",state="waiting"}) > 100',
      "5m",
      "warning",
    ],
    [
      "RollguardDeadLetters",
      'max(rollguard_outbox_depth{application="shop",state="dead"}) > 0',
      "1m",
      "warning",
    ],
    ["RollguardPolicyReloadFailed", "rollguard_policy_reload_success == 0", "1m", "warning"],
  ])("%s", (name, expr, wait, severity) => {
    expect(alertOf(rules, name)).toMatchObject({
      expr,
      for: wait,
      labels: { application: "shop", severity },
    });
    expect(alertOf(rules, name).labels).not.toHaveProperty("rollback");
  });

  it("take an application's title for text", () => {
    const policy = policyFrom("");
    const titled = { ...policy, application: { ...policy.application, title: "{{ Shop }}" } };
    expect(alertOf(rulesOf(titled), "RollguardDown").annotations.description).toContain('{{"{{"}} Shop }}');
  });

  it("tell when the traffic of a canary is unknown", () => {
    expect(alertOf(rulesOf(genesis()), "RollguardTrafficUnknown")).toMatchObject({
      expr: 'absent_over_time(rollguard_traffic_percentage{application="genesis"}[2m])',
      for: "1m",
      labels: { application: "genesis", severity: "critical" },
    });
  });
});
