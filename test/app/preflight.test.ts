import { describe, expect, test } from "@jest/globals";
import type {
  AlertSource,
  LoadedConfiguration,
  LoadedRuleGroup,
  MetricsSource,
} from "../../src/app/ports.ts";
import type { PreflightCheck, PreflightName } from "../../src/app/preflight/preflight-check.ts";
import { type Preflight, preflight } from "../../src/app/preflight.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { isAlerting } from "../../src/domain/generate/rule-file.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { emptyState } from "../../src/domain/state.ts";
import { parseDuration } from "../../src/domain/time.ts";
import { policyFrom, rulesOf } from "../support/generated.ts";
import { firing, unreadable } from "./evidence-sources.ts";

const shop = policyFrom(`
metrics: [{ record: error_rate, expr: errors / requests * 100.0, unit: percent }]
alerts: [{ alert: Broken, expr: error_rate > 1.0, for: 1m, rollback: emergency }]
notifications: { routes: [{ on: [emergency], slack: true, pagerduty: critical, email: now }] }
`);

const NOW = 1_790_000_000_000;

/** What Prometheus would say of the generated rules. */
function loadedOf(policy: Policy): LoadedRuleGroup[] {
  return rulesOf(policy).file.groups.map(({ name, interval, rules }) => ({
    name,
    interval: parseDuration(interval) ?? 0,
    rules: rules.map((rule) => ({
      kind: isAlerting(rule) ? "alert" : "record",
      name: isAlerting(rule) ? rule.alert : rule.record,
      expr: rule.expr,
      for: parseDuration((isAlerting(rule) && rule.for) || "0s") ?? 0,
      labels: rule.labels,
    })),
  }));
}

const route = {
  path: ["route"],
  receiver: "rollguard",
  matchers: [],
  continue: false,
  muted: [],
  groupWait: 0,
  routes: [],
};

function configurationOf(...integrations: readonly string[]): LoadedConfiguration {
  const webhooks = ["http://rollguard/api/v1/alerts", "http://rollguard/api/v1/watchdog"];
  return { route, receivers: [{ name: "rollguard", integrations, webhooks }] };
}

const up = { job: "shop", instance: "a", up: true, lastError: "" };

function metricsOf(partial: Partial<MetricsSource> = {}): MetricsSource {
  return {
    query: async () => ({ values: [], warnings: [] }),
    queryRange: async () => ({ series: [], warnings: [] }),
    targets: async () => [up],
    ruleGroups: async () => loadedOf(shop),
    format: async (expr) => expr,
    ...unreadable,
    ...partial,
  };
}

function alertsOf(configuration: AlertSource["configuration"]): AlertSource {
  return { alerts: async () => [], configuration };
}

const READY: Preflight = {
  metrics: metricsOf(),
  alerts: alertsOf(async () => configurationOf()),
  store: {
    kind: "redis",
    transact: async (_, work) => ({ work: work({} as never, NOW), base: 0, revision: 0 }),
    read: async () => emptyState(),
    skew: () => 0,
    ping: async () => undefined,
  },
  clock: { now: () => NOW },
  policies: () => [shop],
  policyProblems: () => [],
  channels: { slack: true, pagerduty: true, email: true },
  production: true,
};

async function checksWith(partial: Partial<Preflight>): Promise<Map<PreflightName, PreflightCheck>> {
  const { checks } = await preflight({ ...READY, ...partial }, shop);
  return new Map(checks.map((check) => [check.name, check]));
}

async function checkWith(
  name: PreflightName,
  partial: Partial<Preflight>,
): Promise<PreflightCheck | undefined> {
  return (await checksWith(partial)).get(name);
}

const never = (): Promise<never> => new Promise(() => undefined);

test("all checks are made, in their order; only a failure keeps a deploy from beginning", async () => {
  const { ok, checks } = await preflight(READY, shop);
  expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "policy pass",
    "store pass",
    "prometheus pass",
    "rules pass",
    "alertmanager pass",
    "notifications pass",
  ]);
  expect(ok).toBe(true);
  const warned = await preflight(
    { ...READY, channels: { slack: true, pagerduty: false, email: true } },
    shop,
  );
  expect(warned.ok).toBe(true);
  expect((await preflight({ ...READY, policyProblems: () => ["x"] }, shop)).ok).toBe(false);
});

describe("a rollout that would begin blind", () => {
  const alertmanager = async (more: Partial<Preflight>, policy = shop) =>
    (await preflight({ ...READY, ...more }, policy)).checks.find(({ name }) => name === "alertmanager");

  test("does not start while the Watchdog is lost", async () => {
    const heard = (ago: number): Partial<Preflight> => ({
      store: { ...READY.store, read: async () => ({ ...emptyState(), watchdog: NOW - ago }) },
    });
    expect(await alertmanager(heard(60_000))).toMatchObject({ status: "pass" });
    expect(await alertmanager(heard(3_600_000))).toMatchObject({
      status: "fail",
      detail: "the Watchdog was not heard for 1h",
    });
  });

  test("does not start while an alert says that we cannot see", async () => {
    const rule = { ...shop.alerts[0], alert: "NoRequests", blind: true } as Policy["alerts"][number];
    const blind = firing("NoRequests", { application: "shop" });
    const alerts = { ...alertsOf(async () => configurationOf()), alerts: async () => [blind] };
    expect(await alertmanager({ alerts }, { ...shop, alerts: [rule] })).toMatchObject({
      status: "fail",
      detail: "NoRequests is firing",
    });
  });
});

test("whatever does not answer is given up on, all of it at the same time", async () => {
  const checks = await checksWith({
    metrics: metricsOf({ targets: never, ruleGroups: never }),
    alerts: alertsOf(never),
    store: { kind: "redis", transact: never, read: never, skew: () => null, ping: never },
    within: 50,
  });
  const nothing = (who: string) => ({
    status: "fail",
    detail: `${who} does not answer: nothing within 50ms`,
  });
  expect(checks.get("prometheus")).toMatchObject(nothing("Prometheus"));
  expect(checks.get("rules")).toMatchObject(nothing("Prometheus"));
  expect(checks.get("alertmanager")).toMatchObject(nothing("Alertmanager"));
  expect(checks.get("store")).toMatchObject(nothing("the store"));
  expect(checks.get("notifications")?.status).toBe("pass");
});

test("what is not configured is told with its setting", async () => {
  const checks = await checksWith({ metrics: null, alerts: null });
  for (const name of ["prometheus", "rules"] as const) {
    expect(checks.get(name)).toEqual({
      name,
      status: "fail",
      detail: "Prometheus is not configured",
      fix: "set ROLLGUARD_PROMETHEUS_URL",
    });
  }
  expect(checks.get("alertmanager")).toMatchObject({ status: "fail", fix: "set ROLLGUARD_ALERTMANAGER_URL" });
  expect(checks.get("alertmanager")?.detail).toContain("what fires again after a silence");
  expect(checks.get("notifications")?.status).toBe("pass");
});

describe("the policy", () => {
  test("that is broken on disk is told with its problems", async () => {
    const problems = Array.from({ length: 12 }, (_, index) => `shop.yaml:${index + 1}:1: wrong`);
    expect(await checkWith("policy", { policyProblems: () => problems })).toEqual({
      name: "policy",
      status: "fail",
      detail: `12 problems in the policy files on disk: ${problems.slice(0, 10).join("; ")}; and 2 more`,
      fix: "correct them (`rollguard lint` shows each in its place), then reload with POST /-/reload",
    });
  });

  test("that cannot be read is told", async () => {
    const unreadable = () => {
      throw new Error("EACCES: permission denied, scandir 'rules/'");
    };
    expect(await checkWith("policy", { policyProblems: unreadable })).toMatchObject({
      status: "fail",
      detail: "the policy files cannot be read: EACCES: permission denied, scandir 'rules/'",
    });
  });
});

describe("targets", () => {
  test("all of the application's must be up", async () => {
    const down = { ...up, instance: "b", up: false, lastError: "connection refused" };
    const fresh = { ...up, instance: "c", up: false };
    const metrics = metricsOf({ targets: async () => [up, down, fresh] });
    expect(await checkWith("prometheus", { metrics })).toMatchObject({
      status: "fail",
      detail: "2 of 3 targets of shop are down: shop b (connection refused); shop c (not scraped yet)",
    });
  });

  test("others are named, the first of them", async () => {
    const others = Array.from({ length: 12 }, (_, index) => ({
      job: "node",
      instance: `n${index}`,
      up: false,
      lastError: "timeout",
    }));
    const found = await checkWith("prometheus", {
      metrics: metricsOf({ targets: async () => [up, ...others] }),
    });
    expect(found?.status).toBe("warn");
    expect(found?.detail).toMatch(
      /^12 targets of other jobs are down: node n0 \(timeout\); .*node n9 \(timeout\); and 2 more$/,
    );
  });
});

describe("rules", () => {
  const printed = loadedOf(shop).map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, expr: rule.expr.replace("1.0", "1") })),
  }));

  test("are the same however they are printed", async () => {
    const asked: string[] = [];
    const metrics = metricsOf({
      ruleGroups: async () => printed,
      format: async (expr) => {
        asked.push(expr);
        return expr.replace("1.0", "1").replaceAll(/\s/g, "");
      },
    });
    expect(await checkWith("rules", { metrics })).toMatchObject({ status: "pass" });
    expect(asked.sort()).toEqual(["error_rate > 1", "error_rate > 1.0"]);
  });

  test("of which it cannot be told are named", async () => {
    const format = async () => {
      throw new RollguardError("source_unavailable", "Prometheus answered 404 Not Found");
    };
    const metrics = metricsOf({ ruleGroups: async () => printed, format });
    expect(await checkWith("rules", { metrics })).toMatchObject({
      status: "warn",
      detail:
        "it cannot be told whether these have the generated expression: alert Broken (Prometheus answered 404 Not Found)",
    });
  });

  test("spaces count within strings only", async () => {
    const spaced = policyFrom(`alerts: [{ alert: Broken, expr: 'up{a="x y"} == 0', rollback: emergency }]`);
    const loadedWith = (expr: string) =>
      loadedOf(spaced).map((group) => ({
        ...group,
        rules: group.rules.map((rule) => (rule.name === "Broken" ? { ...rule, expr } : rule)),
      }));
    const statusOf = async (expr: string) => {
      const metrics = metricsOf({ ruleGroups: async () => loadedWith(expr) });
      const { checks } = await preflight({ ...READY, metrics }, spaced);
      return checks.find(({ name }) => name === "rules")?.status;
    };
    expect(await statusOf('up{a="x y"}==0')).toBe("pass");
    expect(await statusOf('up{a="xy"} == 0')).toBe("fail");
  });

  test("that are loaded twice are one too many", async () => {
    const metrics = metricsOf({ ruleGroups: async () => [...loadedOf(shop), ...loadedOf(shop)] });
    const found = await checkWith("rules", { metrics });
    expect(found?.status).toBe("fail");
    expect(found?.detail).toContain("alert Broken is loaded, but is not generated");
  });

  test("an empty label is none", async () => {
    const metrics = metricsOf({
      ruleGroups: async () =>
        loadedOf(shop).map((group) => ({
          ...group,
          rules: group.rules.map((rule) => ({ ...rule, labels: { ...rule.labels, team: "" } })),
        })),
    });
    expect(await checkWith("rules", { metrics })).toMatchObject({ status: "pass" });
  });

  test("of metrics that several applications record are compared as they are generated then", async () => {
    const eu = policyFrom("metrics: [{ record: error_rate, expr: vector(1), unit: percent }]", "shop-eu");
    const found = await checkWith("rules", { policies: () => [shop, eu] });
    expect(found).toMatchObject({ status: "fail" });
    expect(found?.detail).toContain("alert Broken is different: its expression is error_rate > 1.0");
  });
});
