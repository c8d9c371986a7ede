import { describe, expect, test } from "@jest/globals";
import { loadPolicies } from "../../../src/config/policy-files.ts";
import type { AlertRule } from "../../../src/domain/alert.ts";
import type { Bound, GateCriterion } from "../../../src/domain/gate.ts";
import { dashboardOf } from "../../../src/domain/generate/dashboard.ts";
import { colouredPanels, furtherPanels, panels } from "../../../src/domain/generate/dashboard-panels.ts";
import type { MetricPolicy, Policy } from "../../../src/domain/policy.ts";
import { policyOf } from "../../support/policies.ts";

const GENESIS = loadPolicies("rules/genesis.yaml").policies[0] as Policy;

function metric(record: string, rest: Partial<MetricPolicy> = {}): MetricPolicy {
  return { record, expr: `raw_${record}`, unit: "percent", noData: "blind", ...rest };
}

function criterion(name: string, green: string, red?: string): GateCriterion {
  const source = { expr: null, source: "prometheus", sustained: "whole-bake" } as const;
  return { metric: name, ...source, green: bound(green), red: red === undefined ? null : bound(red) };
}

function bound(text: string): Bound {
  const [comparison, value] = text.split(" ");
  return { comparison: comparison as Bound["comparison"], value: Number(value) };
}

function alert(expr: string, isTrigger: boolean): AlertRule {
  const trigger = isTrigger ? { alert: "A", tier: "stage" as const, flags: [], suspects: null } : null;
  const rest = { for: 0, keepFiringFor: null, labels: new Map(), annotations: new Map(), limits: [] };
  return { alert: "A", expr, ...rest, trigger, blind: false };
}

type Parts = {
  readonly metrics: readonly MetricPolicy[];
  readonly criteria?: readonly GateCriterion[];
  readonly alerts?: readonly AlertRule[];
};

function shop({ metrics, criteria = [], alerts = [] }: Parts): Policy {
  const gates = new Map([["standard", { name: "standard", criteria, holdFor: 0 }]]);
  return { ...policyOf({}), metrics, alerts, gates };
}

describe("the dashboard of Genesis", () => {
  test("is the one that its people know: 48 hours back, every 10 seconds", () => {
    expect(dashboardOf(GENESIS)).toMatchObject({
      uid: "rollguard-genesis",
      title: "Genesis 48-Hour Post-Deployment Monitoring",
      last: 48 * 3_600_000,
      refresh: 10_000,
    });
    const rows = dashboardOf(GENESIS).rows.map(({ title }) => title);
    expect(rows).toEqual(["Genesis", "Rollout", "Responder", "Further metrics"]);
  });

  test("begins with the seven panels of the checklist", () => {
    const shown = panels(GENESIS).map(({ title, kind, unit, thresholds }) => [
      title,
      kind,
      unit,
      thresholds?.yellow,
      thresholds?.red,
    ]);
    expect(shown).toEqual([
      ["Test pass rate", "gauge", "percent", 98, 95],
      ["Error rate", "time-series", "percent", 0.1, 1],
      ["p95 latency", "time-series", "milliseconds", 200, 500],
      ["Uptime", "stat", "count", undefined, undefined],
      ["Feature flags", "table", "count", undefined, undefined],
      ["Memory available", "time-series", "percent", 30, 10],
      ["CPU used", "time-series", "percent", 60, 80],
    ]);
  });

  test("says DOWN and UP", () => {
    const uptime = panels(GENESIS).find(({ title }) => title === "Uptime");
    expect(uptime?.queries.map(({ expr }) => expr)).toEqual(['up{job="genesis"}']);
    expect(uptime?.words.map(({ value, text, colour }) => [value, text, colour])).toEqual([
      [0, "DOWN", "red"],
      [1, "UP", "green"],
    ]);
  });

  test("lists each flag once, however many responders tell of it", () => {
    const flags = panels(GENESIS).find(({ kind }) => kind === "table");
    expect(flags?.columns.map(({ title }) => title)).toEqual(["flag_name", "enabled", "rollout_percentage"]);
    expect(flags?.queries.map(({ expr }) => expr)).toEqual([
      'max by (flag_name) (rollguard_flag_enabled{application="genesis"})',
      'max by (flag_name) (rollguard_flag_rollout_percentage{application="genesis"})',
    ]);
  });

  test("reads only Genesis' own series", () => {
    const { rows } = dashboardOf(GENESIS);
    const ours = rows.filter(({ title }) => title !== "Responder").flatMap((row) => row.panels);
    for (const { expr } of ours.flatMap(({ queries }) => queries)) {
      expect(expr).toMatch(/application="genesis"|job="genesis"/);
    }
  });

  test("shows every metric of the policy", () => {
    const shown = [...panels(GENESIS), ...furtherPanels(GENESIS)].flatMap((panel) => panel.metric ?? []);
    expect(shown.sort()).toEqual(GENESIS.metrics.map(({ record }) => record).sort());
    const titles = [...panels(GENESIS), ...furtherPanels(GENESIS)].map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test("fills its lines", () => {
    for (const row of dashboardOf(GENESIS).rows) {
      expect(row.panels.reduce((sum, { width }) => sum + width, 0) % 24).toBe(0);
    }
  });

  test("has colours that are told in the metric's own unit", () => {
    const memory = colouredPanels(GENESIS).find((panel) => panel.metric === "memory_used");
    expect(memory).toEqual({
      title: "Memory available",
      metric: "memory_used",
      thresholds: { yellow: 70, red: 90 },
    });
    expect(colouredPanels(GENESIS).map((panel) => panel.metric)).toContain("error_rate");
  });
});

describe("the dashboard of any policy", () => {
  test("colours a gated metric as its gate does", () => {
    const policy = shop({
      metrics: [metric("load", { unit: "ratio" })],
      criteria: [criterion("load", "<= 0.5", "> 0.9")],
    });
    expect(panels(policy)[0]).toMatchObject({
      metric: "load",
      unit: "ratio",
      thresholds: { better: "low", yellow: 0.5, red: 0.9 },
    });
  });

  test("prefers the criterion that knows both colours", () => {
    const policy = shop({
      metrics: [metric("load")],
      criteria: [criterion("load", "< 1"), criterion("load", "< 2", "> 3")],
    });
    expect(panels(policy)[0]?.thresholds).toEqual({ better: "low", yellow: 2, red: 3 });
  });

  test("of a metric that a gate only wants green takes red from the trigger", () => {
    const policy = shop({
      metrics: [metric("hits")],
      criteria: [criterion("hits", "> 60")],
      alerts: [alert("hits < 20", true)],
    });
    expect(furtherPanels(policy)[0]).toMatchObject({
      kind: "gauge",
      thresholds: { better: "high", yellow: 60, red: 20 },
    });
    expect(colouredPanels(policy)).toEqual([
      { title: "Hits", metric: "hits", thresholds: { yellow: 60, red: 20 } },
    ]);
  });

  test("of a metric that no gate judges takes the colours from its alerts", () => {
    const policy = shop({
      metrics: [metric("p99_latency", { unit: "milliseconds" }), metric("stock"), metric("plain")],
      alerts: [
        alert("p99_latency > 1000", true),
        alert("stock < 10", false),
        alert("plain / 2 > 1", false),
        alert("rate(plain[1m]) > 1", true),
      ],
    });
    expect(furtherPanels(policy).map(({ title, thresholds }) => [title, thresholds])).toEqual([
      ["p99 latency", { better: "low", yellow: null, red: 1000 }],
      ["Stock", { better: "high", yellow: 10, red: null }],
      ["Plain", null],
    ]);
    expect(colouredPanels(policy)).toEqual([]);
  });

  test("shows a criterion of Alertmanager nowhere", () => {
    const fromAlertmanager = { ...criterion("load", "< 1", "> 2"), source: "alertmanager" as const };
    const policy = shop({ metrics: [metric("load")], criteria: [fromAlertmanager] });
    expect(furtherPanels(policy)[0]?.thresholds).toBeNull();
  });

  test("takes the machine's red from the policy's warning, and never lets yellow lie beyond it", () => {
    const policy = shop({
      metrics: [metric("cpu_used"), metric("memory_used")],
      alerts: [alert("cpu_used > 50", false)],
    });
    const machine = panels(policy).filter((panel) => panel.metric !== null);
    expect(machine.map(({ thresholds }) => thresholds)).toEqual([
      { better: "low", yellow: 50, red: 50 },
      { better: "high", yellow: 30, red: 10 },
    ]);
  });

  test("without any metric has the uptime and the flags, and no empty row", () => {
    const dashboard = dashboardOf(shop({ metrics: [] }));
    expect(panels(shop({ metrics: [] })).map(({ title, width }) => [title, width])).toEqual([
      ["Uptime", 6],
      ["Feature flags", 24],
    ]);
    expect(dashboard.rows.map(({ title }) => title)).toEqual(["shop", "Rollout", "Responder"]);
  });

  test("of a job with a quote in its name asks for just that job", () => {
    const policy = policyOf({ job: 'a"b' });
    expect(panels(policy)[0]?.queries[0]?.expr).toBe('up{job="a\\"b"}');
  });

  test("has an id that Grafana takes", () => {
    const policy = policyOf({ application: `team.a-${"x".repeat(60)}` });
    expect(dashboardOf(policy).uid).toMatch(/^rollguard-team-a-x+$/);
    expect(dashboardOf(policy).uid).toHaveLength(40);
  });
});
