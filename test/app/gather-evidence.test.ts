import { describe, expect, test } from "@jest/globals";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import { policyFrom } from "../support/generated.ts";
import { alertsOf, clock, gather, good, metricsOf, NOW, policy, unavailable } from "./evidence-sources.ts";
import { rollingOut } from "./rollout-state.ts";

describe("the values of a gate", () => {
  test("are asked for as the policy means them: of this application, and of now", async () => {
    const asked: string[] = [];
    const evidence = await gather(
      {
        metrics: metricsOf(async (expr) => {
          asked.push(expr);
          // What is not well of `up` would be asked for again.
          return { values: [expr.startsWith("uptime") ? 100 : asked.length], warnings: [] };
        }),
      },
      rollingOut(policy, { plan: "hybrid", stage: 2, startedAt: NOW }),
    );
    expect(asked).toEqual([
      ...["error_rate", "p95_latency", "test_pass_rate", "health_checks_passed", "uptime"].map(
        (metric) =>
          `${metric}{application="genesis"} and last_over_time(${metric}{application="genesis"}[30s])`,
      ),
      "sum(rate(genesis_cache_hits_total[5m])) / sum(rate(genesis_cache_requests_total[5m])) * 100",
    ]);
    expect(evidence).toEqual({
      rollout: "r1",
      stage: 2,
      takenAt: NOW,
      values: new Map([
        ["error_rate", [1]],
        ["p95_latency", [2]],
        ["test_pass_rate", [3]],
        ["health_checks_passed", [4]],
        ["uptime", [100]],
        ["cache_hit_rate", [6]],
        ["critical_alerts", [0]],
      ]),
      blindness: [],
    });
  });

  test("an expression of the gate's own reads only this application's metrics", async () => {
    const shop = policyFrom(`
scrape: { interval: 1s, timeout: 1s, evaluationInterval: 2s, targets: [] }
metrics: [{ record: error_rate, expr: vector(1), unit: percent }]
gates: { mean: { holdFor: 1m, criteria: { mean_errors: { expr: "avg_over_time(error_rate[5m]) + other", green: "< 1" }, error_rate: { green: "< 1" } } } }
plans: { only: { stages: [{ traffic: 100, bake: 1m, checkEvery: 10s, gate: mean }] } }
rollout: { defaultPlan: only }
`);
    const asked: string[] = [];
    const metrics = metricsOf(async (expr) => {
      asked.push(expr);
      return { values: [], warnings: [] };
    });
    const state = rollingOut(shop, { plan: "only", startedAt: NOW });
    await gatherEvidence({ metrics, alerts: null, clock }, shop, state);
    expect(asked).toEqual([
      'avg_over_time(error_rate{application="shop"}[5m]) + other',
      'error_rate{application="shop"} and last_over_time(error_rate{application="shop"}[5s])',
    ]);
  });

  test("are those of the time at which it began to look", async () => {
    let now = NOW;
    const metrics = metricsOf(async () => {
      now += 5_000;
      return { values: [1], warnings: [] };
    });
    const state = rollingOut(policy, { plan: "hybrid", startedAt: NOW });
    const tools = { metrics, alerts: alertsOf(async () => []), clock: { now: () => now } };
    expect((await gatherEvidence(tools, policy, state)).takenAt).toBe(NOW);
  });

  test("are not asked for when the policy has lost the gate", async () => {
    const metrics = metricsOf(unavailable("asked"));
    const state = rollingOut(policy, { plan: "hybrid", startedAt: NOW });
    const lost = { ...policy, gates: new Map() };
    const evidence = await gatherEvidence({ metrics, alerts: alertsOf(async () => []), clock }, lost, state);
    expect(evidence).toMatchObject({ values: new Map(), blindness: [] });
  });

  test("there are none without a rollout", async () => {
    const ended = rollingOut(policy, { plan: "hybrid", startedAt: NOW });
    const state = { ...ended, rollout: null };
    await expect(gather({}, state)).rejects.toThrow("there is no active rollout");
  });
});

describe("Prometheus", () => {
  test("that cannot be had is told once, and no metric has a value", async () => {
    const message = "Prometheus does not answer: connect ECONNREFUSED 127.0.0.1:9090";
    const { values, blindness } = await gather({ metrics: metricsOf(unavailable(message)) });
    expect(blindness).toEqual([message]);
    expect(values.get("error_rate")).toEqual([]);
    expect(values.get("critical_alerts")).toEqual([0]);
  });

  test("that refuses some questions is told with their metrics", async () => {
    const metrics = metricsOf((expr) =>
      /latency|uptime/.test(expr) ? unavailable("Prometheus answered 400: no")() : good(expr),
    );
    const { values, blindness } = await gather({ metrics });
    expect(blindness).toEqual(["p95_latency, uptime: Prometheus answered 400: no"]);
    expect(values.get("p95_latency")).toEqual([]);
    expect(values.get("error_rate")).toEqual([0]);
  });

  test("whose answer may not be whole is told, with its values", async () => {
    const metrics = metricsOf(async (expr) => ({
      values: [3],
      warnings: expr.startsWith("error_rate")
        ? ["PromQL warning: x", "no store of region eu", "none of us"]
        : ["PromQL info: metric might not be a counter"],
    }));
    const { values, blindness } = await gather({ metrics });
    expect(blindness).toEqual([
      "Prometheus' answer for error_rate may not be whole: no store of region eu; none of us",
    ]);
    expect(values.get("error_rate")).toEqual([3]);
  });

  test("that is not configured is told with its setting", async () => {
    const { values, blindness } = await gather({ metrics: null });
    expect(blindness).toEqual(["Prometheus is not configured: set ROLLGUARD_PROMETHEUS_URL"]);
    expect(values.get("error_rate")).toEqual([]);
  });

  test("that never answers is given up on, and what has answered counts", async () => {
    const metrics = metricsOf((expr) =>
      expr.startsWith("error_rate") ? good(expr) : new Promise(() => undefined),
    );
    const { values, blindness } = await gather({ metrics, within: 50 });
    expect(blindness).toEqual([
      "p95_latency, test_pass_rate, health_checks_passed, uptime: Prometheus does not answer: nothing within 50ms",
    ]);
    expect(values.get("error_rate")).toEqual([0]);
  });

  test("is not asked more at once than it can bear, nor at all once time is over", async () => {
    const criteria = Array.from(
      { length: 20 },
      (_, index) => `m${index}: { expr: "e${index}", green: "< 1" }`,
    );
    const wide = policyFrom(`
gates: { wide: { holdFor: 1m, criteria: { ${criteria.join(", ")} } } }
plans: { only: { stages: [{ traffic: 100, bake: 1m, checkEvery: 10s, gate: wide }] } }
rollout: { defaultPlan: only }
`);
    const state = rollingOut(wide, { plan: "only", startedAt: NOW });
    let open = 0;
    let most = 0;
    const counted = metricsOf(async () => {
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      open -= 1;
      return { values: [1], warnings: [] };
    });
    const { values } = await gatherEvidence({ metrics: counted, alerts: null, clock }, wide, state);
    expect([...values.keys()]).toHaveLength(20);
    expect(most).toBe(8);

    let asked = 0;
    const deaf = metricsOf(() => {
      asked += 1;
      return new Promise(() => undefined);
    });
    const { blindness } = await gatherEvidence(
      { metrics: deaf, alerts: null, clock, within: 20 },
      wide,
      state,
    );
    expect(asked).toBe(8);
    expect(blindness).toEqual(["Prometheus does not answer: nothing within 20ms"]);
  });
});

test("a series that is NaN does not hide behind another one that has data", async () => {
  const { blindness } = await gather({
    metrics: metricsOf(async (expr) => ({
      values: [0.01],
      nan: expr.startsWith("error_rate") ? 1 : 0,
      warnings: [],
    })),
  });
  expect(blindness).toEqual(["error_rate is no number in 1 of 2 series"]);
});
