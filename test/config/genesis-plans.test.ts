import { beforeAll, describe, expect, it } from "@jest/globals";
import { loadPolicies } from "../../src/config/policy-files.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { formatDuration } from "../../src/domain/time.ts";

let policy: Policy;

beforeAll(() => {
  const { policies, problems } = loadPolicies("rules/genesis.yaml");
  expect(problems).toEqual([]);
  policy = policies[0] as Policy;
});

describe("the plans of Genesis", () => {
  const stages = (name: string) => (policy.plans.get(name) as Plan).stages;
  const table: Record<string, string> = {
    safe: "5 8h 1h, 10 12h 2h, 25 16h 4h, 50 20h 6h, 75 20h 8h, 100 1d 12h",
    "six-day": "5 12h 15m, 10 12h 15m, 25 1d 1h, 50 1d 2h, 75 1d 4h, 100 1d 6h, 100 2d 12h",
    fast: "25 1d 1h, 50 1d 1h, 100 1d 1h",
    instant: "100 1m 10s",
    hybrid: "30 8h 15m, 60 8h 15m, 85 8h 10m, 100 8h 10m, 100 8h 5m, 100 8h 15m",
    conservative: "20 12h 15m, 50 12h 15m, 80 12h 15m, 100 12h 15m",
    aggressive: "25 6h 15m, 50 6h 15m, 75 12h 15m, 100 1d 15m",
  };

  for (const [name, expected] of Object.entries(table)) {
    it(`have the traffic, bakes and checks of ${name}`, () => {
      const rows = stages(name).map(
        (stage) => `${stage.traffic} ${formatDuration(stage.bake)} ${formatDuration(stage.checkEvery)}`,
      );
      expect(rows.join(", ")).toBe(expected);
    });
  }

  it("are these and custom", () => {
    expect([...policy.plans.keys()].sort()).toEqual(Object.keys(table).sort());
    expect(policy.customPlan).toMatchObject({ checkEvery: 30_000, gate: "standard" });
    expect(policy.customPlan.flags).toEqual(policy.plans.get("fast")?.stages[0]?.flags);
    expect(policy.rollout.defaultPlan).toBe("safe");
  });

  it("are dangerous only when instant, and one step a day only when safe", () => {
    const plans = [...policy.plans.values()];
    expect(plans.filter((plan) => plan.dangerous).map((plan) => plan.name)).toEqual(["instant"]);
    expect(
      plans.filter((plan) => plan.stepEvery !== null).map(({ name, stepEvery }) => [name, stepEvery]),
    ).toEqual([["safe", 24 * 3_600_000]]);
  });

  const flagsOf = (name: string) =>
    stages(name).map((stage) =>
      Object.fromEntries([...stage.flags].map(([key, to]) => [key, to.rolloutPercentage])),
    );

  it("set the flags of hybrid", () => {
    const [core, ...later] = flagsOf("hybrid");
    const phases1to3 = [...policy.flags.values()].filter((flag) => flag.phase !== null && flag.phase <= 3);
    expect(core).toEqual(Object.fromEntries(phases1to3.map((flag) => [flag.key, 100])));
    expect(later).toEqual([
      { darwin_integration_enabled: 50, a2a_integration_enabled: 50, waltzrl_safety_enabled: 25 },
      { sglang_router_enabled: 50, casebank_memory_enabled: 50, vllm_caching_enabled: 50 },
      { openenv_enabled: 25, longcontext_profiles_enabled: 25 },
      {
        sglang_router_enabled: 100,
        casebank_memory_enabled: 100,
        vllm_caching_enabled: 100,
        openenv_enabled: 100,
        longcontext_profiles_enabled: 100,
      },
      {},
    ]);
  });

  it("set the flags of conservative", () => {
    expect(flagsOf("conservative")).toEqual([
      {},
      { darwin_integration_enabled: 50 },
      { darwin_integration_enabled: 100, a2a_integration_enabled: 50, sglang_router_enabled: 50 },
      {
        a2a_integration_enabled: 100,
        sglang_router_enabled: 100,
        casebank_memory_enabled: 100,
        vllm_caching_enabled: 100,
        openenv_enabled: 100,
        longcontext_profiles_enabled: 100,
      },
    ]);
  });

  it("set the flags of aggressive", () => {
    const tier12 = (to: number) => ({
      sglang_router_enabled: to,
      casebank_memory_enabled: to,
      vllm_caching_enabled: to,
    });
    expect(flagsOf("aggressive")).toEqual([
      {},
      { darwin_integration_enabled: 50, a2a_integration_enabled: 50 },
      tier12(50),
      { ...tier12(100), openenv_enabled: 100, longcontext_profiles_enabled: 100 },
    ]);
  });

  it("turn the core on and the experiments off where only traffic moves", () => {
    for (const name of ["safe", "six-day", "fast", "instant"]) {
      const [first, ...later] = flagsOf(name);
      expect(first).toMatchObject({
        orchestration_enabled: 100,
        htdag_enabled: 100,
        halo_enabled: 100,
        aop_enabled: 100,
        circuit_breaker_enabled: 100,
        performance_monitoring_enabled: 100,
        cost_optimization_enabled: 100,
        aatc_system_enabled: 0,
        darwin_integration_enabled: 0,
        a2a_integration_enabled: 0,
      });
      expect(later).toEqual(later.map(() => ({})));
    }
    expect(stages("safe")[0]?.flags.get("aatc_system_enabled")).toEqual({
      enabled: false,
      rolloutPercentage: 0,
    });
  });
});

describe("the gates of Genesis", () => {
  const rowsOf = (name: string) =>
    policy.gates
      .get(name)
      ?.criteria.map(({ metric, green, red, sustained }) => [
        metric,
        `${green.comparison} ${green.value}`,
        red === null ? null : `${red.comparison} ${red.value}`,
        sustained,
      ]);
  const standard = [
    ["error_rate", "< 0.1", "> 1", "whole-bake"],
    ["p95_latency", "< 200", "> 500", "whole-bake"],
    ["test_pass_rate", ">= 98", "< 95", { checksInARow: 6 }],
    ["health_checks_passed", ">= 5", "< 4", "whole-bake"],
    ["critical_alerts", "== 0", ">= 3", "whole-bake"],
    ["uptime", ">= 100", "< 99.9", "average"],
  ];

  it("are those of the table", () => {
    expect(rowsOf("standard")).toEqual(standard);
    expect(policy.gates.get("standard")?.holdFor).toBe(6 * 3_600_000);
    expect(policy.gates.get("standard")?.criteria.map(({ source }) => source)).toEqual(
      standard.map(([metric]) => (metric === "critical_alerts" ? "alertmanager" : "prometheus")),
    );
  });

  it("add their own checks", () => {
    expect(rowsOf("phase-5")).toEqual([...standard, ["memory_used", "< 80", null, "whole-bake"]]);
    expect(rowsOf("phase-6")).toEqual([...standard, ["cache_hit_rate", "> 60", null, "whole-bake"]]);
    expect(policy.plans.get("hybrid")?.stages.map(({ gate }) => gate)).toEqual([
      "standard",
      "phase-5",
      "phase-6",
      "standard",
      "standard",
      "standard",
    ]);
  });

  it("decide the final success", () => {
    expect(rowsOf("final-success")).toEqual([
      ["error_rate", "< 0.1", null, "whole-bake"],
      ["p95_latency", "< 200", null, "whole-bake"],
    ]);
    expect(policy.rollout.finalSuccess).toEqual({
      traffic: 100,
      stableFor: 48 * 3_600_000,
      gate: "final-success",
    });
  });
});

describe("the limits of Genesis", () => {
  it("verify every 5s from 45s on, three times in a row, for 2m", () => {
    expect(policy.verify).toEqual({
      startAfter: 45_000,
      checkEvery: 5_000,
      goodChecksInARow: 3,
      giveUpAfter: 120_000,
      gate: "standard",
    });
  });

  it("break a storm of more than 3 rollbacks an hour", () => {
    expect(policy.rollbacks.stormBreaker).toEqual({ rollbacks: 3, within: 3_600_000 });
  });

  it("leave room for the slowest trigger", () => {
    const slowest = Math.max(
      ...policy.alerts.filter((rule) => rule.trigger !== null).map((rule) => rule.for),
    );
    const detection = policy.scrape.interval + policy.scrape.evaluationInterval + slowest;
    expect(policy.rollbacks.maxTimeToRollback).toBeGreaterThan(detection);
  });
});

describe("the notifications of Genesis", () => {
  it("go where the table says", () => {
    const rows = policy.notifications.routes.map((route) => [
      route.on,
      route.slack,
      route.pagerduty,
      route.email,
    ]);
    const critical = [
      "safe-state",
      "emergency",
      "rollback-failed",
      "rollback-unverified",
      "storm-breaker",
      "blind",
    ];
    expect(rows).toEqual([
      ["warning", true, "no", "daily"],
      ...["flag", "stage", "phase"].map((on) => [on, true, "error", "now"]),
      ...critical.map((on) => [on, true, "critical", "now"]),
    ]);
  });

  it("reach the channels and people", () => {
    const { slack, email, timeZone, stakeholders } = policy.notifications;
    expect(slack).toEqual({ channel: "#genesis-alerts", incidentChannel: "#incident-YYYY-MM-DD" });
    expect([email.to, email.dailySummaryAt, timeZone]).toEqual([["devops@genesis.ai"], "09:00", "UTC"]);
    const { to, ...times } = stakeholders;
    expect(to).toEqual(["stakeholders@genesis.ai"]);
    expect(Object.values(times).map(formatDuration)).toEqual(["15m", "1h", "1d"]);
    expect(policy.contacts.map(({ role, name }) => [role, name])).toEqual([
      ["Deployment Lead", "Cora"],
      ["On-Call Engineer", "Thon"],
      ["Security Lead", "Hudson"],
    ]);
  });
});
