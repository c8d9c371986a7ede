import { beforeAll, describe, expect, it } from "@jest/globals";
import { loadPolicies } from "../../src/config/policy-files.ts";
import type { FlagPolicy } from "../../src/domain/flag.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { formatDuration } from "../../src/domain/time.ts";

let policy: Policy;

beforeAll(() => {
  const { policies, problems } = loadPolicies("rules/genesis.yaml");
  expect(problems).toEqual([]);
  policy = policies[0] as Policy;
});

const on = (phase: number, risk: string) => ({ enabled: true, rolloutPercentage: 100, phase, risk });
const off = (phase: number, risk: string) => ({ enabled: false, rolloutPercentage: 0, phase, risk });
const none = { enabled: false, rolloutPercentage: 0, phase: null, risk: null };

describe("the flags of Genesis", () => {
  const flags: Record<string, object> = {
    orchestration_enabled: on(1, "high"),
    security_hardening_enabled: { ...on(2, "low"), protected: true },
    llm_integration_enabled: { ...on(2, "medium"), parent: "phase_4_deployment" },
    aatc_system_enabled: { ...off(5, "high"), parent: "phase_4_deployment" },
    reward_learning_enabled: on(2, "low"),
    error_handling_enabled: { ...on(3, "low"), protected: true },
    otel_enabled: { ...on(3, "low"), protected: true },
    performance_optimizations_enabled: on(3, "low"),
    phase_1_complete: on(1, "low"),
    phase_2_complete: on(2, "low"),
    phase_3_complete: on(3, "low"),
    phase_4_deployment: off(4, "high"),
    darwin_integration_enabled: off(5, "high"),
    a2a_integration_enabled: off(5, "medium"),
    waltzrl_safety_enabled: { ...on(5, "medium"), rolloutPercentage: 10 },
    sglang_router_enabled: off(6, "medium"),
    casebank_memory_enabled: off(6, "medium"),
    vllm_caching_enabled: off(6, "medium"),
    openenv_enabled: off(6, "high"),
    longcontext_profiles_enabled: off(6, "high"),
    htdag_enabled: on(1, "low"),
    halo_enabled: on(1, "low"),
    aop_enabled: on(1, "low"),
    cost_optimization_enabled: on(2, "low"),
    circuit_breaker_enabled: on(3, "low"),
    performance_monitoring_enabled: on(3, "low"),
    emergency_shutdown: { ...none, kind: "kill-switch" },
    read_only_mode: { ...none, kind: "operational" },
    maintenance_mode: { ...none, kind: "operational" },
  };

  for (const [key, expected] of Object.entries(flags)) {
    it(`has ${key}`, () => {
      const { description, ...flag } = policy.flags.get(key) as FlagPolicy;
      const usual = { key, kind: "release", parent: null, protected: false, override: null };
      const plain = { targeting: null, ramp: null, safeValue: flag.protected };
      expect(flag).toEqual({ ...usual, ...plain, ...expected });
      expect(description).not.toBe("");
    });
  }

  it("has no others", () => {
    expect([...policy.flags.keys()].sort()).toEqual(Object.keys(flags).sort());
  });

  it("takes the traffic from phase_4_deployment", () => {
    expect(policy.application).toEqual({
      name: "genesis",
      title: "Genesis",
      job: "genesis",
      trafficFlag: "phase_4_deployment",
    });
  });
});

describe("the alerts of Genesis", () => {
  const rows = [
    ["TestPassRateCritical", "test_pass_rate < 95", "2m", "phase"],
    ["ErrorRateSpike", "error_rate > 1.0", "1m", "safe-state"],
    ["LatencyExtreme", "p95_latency > 500", "2m", "stage"],
    ["ServiceDown", 'up{job="genesis"} == 0', "1m", "emergency"],
    ["ServiceFlapping", 'avg_over_time(up{job="genesis"}[1m]) < 0.7', "1m", "emergency"],
    ["P99LatencyExtreme", "p99_latency > 1000", "5m", "stage"],
    ["HealthChecksFailing", "health_check_failures >= $limit", "0s", "safe-state"],
    ["ErrorRateAboveStageLimit", "error_rate > $limit", "5m", "safe-state"],
    ["LatencyAboveStageLimit", "p95_latency > $limit", "5m", "stage"],
    ["ErrorRateElevated", "error_rate > 0.5", "1m", null],
    ["LatencyElevated", "p95_latency > 200", "2m", null],
    ["TestPassRateLow", "test_pass_rate < 98", "2m", null],
    ["HighMemoryUsage", "memory_used > 90", "5m", null],
    ["HighCPUUsage", "cpu_used > 80", "10m", null],
    ["TestPassRateAbsent", "absent(test_pass_rate)", "2m", null],
    ["ErrorRateAbsent", "absent(error_rate)", "2m", null],
    ["P95LatencyAbsent", "absent(p95_latency)", "2m", null],
    ["P99LatencyAbsent", "absent(p99_latency)", "2m", null],
    ["HealthChecksAbsent", "absent(health_check_failures) or absent(health_checks_passed)", "2m", null],
    ["TargetAbsent", 'absent(up{job="genesis"})', "2m", null],
    ["AllTargetsDown", 'max(up{job!="prometheus"}) == 0', "1m", null],
    ["NoRequests", "sum(rate(genesis_requests_total[1m])) == 0", "5m", null],
    ["NoTests", "sum(genesis_tests_total) == 0", "2m", null],
    ["Watchdog", "vector(1)", "0s", null],
  ];

  it("have the expressions, durations and tiers of the table", () => {
    expect(
      policy.alerts.map((rule) => [
        rule.alert,
        rule.expr,
        formatDuration(rule.for),
        rule.trigger?.tier ?? null,
      ]),
    ).toEqual(rows);
  });

  it("are triggers by name when they call for a rollback", () => {
    expect([...policy.triggers.values()].map(({ alert, tier }) => [alert, tier])).toEqual(
      rows.filter(([, , , tier]) => tier !== null).map(([alert, , , tier]) => [alert, tier]),
    );
  });

  it("judge a canary more strictly", () => {
    const limits = policy.alerts.filter((rule) => rule.limits.length > 0);
    expect(limits.map((rule) => [rule.alert, rule.limits.map((row) => [row.traffic, row.limit])])).toEqual([
      [
        "HealthChecksFailing",
        [
          [10, 3],
          [50, 4],
          [100, 5],
        ],
      ],
      [
        "ErrorRateAboveStageLimit",
        [
          [10, 0.5],
          [50, 0.8],
          [100, 1],
        ],
      ],
      [
        "LatencyAboveStageLimit",
        [
          [10, 300],
          [50, 400],
          [100, 500],
        ],
      ],
    ]);
  });

  it("say a severity, and people what to do", () => {
    for (const { alert, labels, annotations } of policy.alerts) {
      expect(["critical", "warning", "none"]).toContain(labels.get("severity"));
      expect(annotations.get("summary")).toBeTruthy();
      expect(annotations.get("description")).toBeTruthy();
      expect(annotations.get("runbook_url")).toBe(`docs/runbooks/${alert}.md`);
    }
  });

  it("are blind for each metric that matters, and never roll back for it", () => {
    const blind = policy.alerts.filter((rule) => rule.blind);
    expect(blind.map((rule) => rule.trigger)).toEqual(blind.map(() => null));
    const judged = policy.metrics.filter(({ record, noData }) => noData === "blind" && record !== "uptime");
    for (const { record } of judged)
      expect(blind.some((rule) => rule.expr.includes(`absent(${record})`))).toBe(true);
  });

  it("are of the severity that says whether they roll back or page", () => {
    const severityOf = (rule: (typeof policy.alerts)[number]) =>
      rule.trigger !== null || rule.blind ? "critical" : rule.alert === "Watchdog" ? "none" : "warning";
    for (const rule of policy.alerts) expect(rule.labels.get("severity")).toBe(severityOf(rule));
  });
});

describe("the metrics of Genesis", () => {
  it("begin with the four recording rules", () => {
    const latency = (quantile: number) =>
      `histogram_quantile(${quantile}, sum by (le) (rate(genesis_request_duration_seconds_bucket[1m]))) * 1000`;
    expect(policy.metrics.slice(0, 4).map(({ record, expr, unit }) => [record, expr, unit])).toEqual([
      ["test_pass_rate", "genesis_tests_passed / genesis_tests_total * 100", "percent"],
      [
        "error_rate",
        "sum(rate(genesis_errors_total[1m])) / sum(rate(genesis_requests_total[1m])) * 100",
        "percent",
      ],
      ["p95_latency", latency(0.95), "milliseconds"],
      ["p99_latency", latency(0.99), "milliseconds"],
    ]);
  });

  it("are scraped every 5s and judged every 15s", () => {
    const { interval, timeout, evaluationInterval, targets } = policy.scrape;
    expect([interval, timeout, evaluationInterval].map(formatDuration)).toEqual(["5s", "4s", "15s"]);
    expect(targets.map(({ address }) => address.split(":")[1])).toEqual([
      "8000",
      "9095",
      "9100",
      "9090",
      "9093",
    ]);
  });
});

describe("the tiers of Genesis", () => {
  it("are those of the table", () => {
    const nothing = {
      phases: [],
      flags: [],
      trafficCap: null,
      killSwitch: false,
      pages: false,
    };
    const minute = 60_000;
    const safe = { phases: [5, 6], flags: ["aatc_system_enabled"], trafficCap: 0 };
    expect(policy.tiers).toEqual({
      flag: { ...nothing, name: "flag", budget: minute },
      stage: { ...nothing, name: "stage", budget: 2 * minute },
      phase: { ...nothing, name: "phase", budget: 2 * minute, phases: [6], trafficCap: 30 },
      "safe-state": { ...nothing, name: "safe-state", budget: 2 * minute, ...safe },
      emergency: { ...nothing, name: "emergency", budget: 2 * minute, ...safe, pages: true },
    });
  });
});
