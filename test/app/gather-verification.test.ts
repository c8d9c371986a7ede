import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createJsonApi } from "../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../src/adapters/prometheus/prometheus-source.ts";
import { gatherVerification } from "../../src/app/gather-verification.ts";
import type { MetricsSource } from "../../src/app/ports.ts";
import { decide } from "../../src/domain/decide.ts";
import { Draft } from "../../src/domain/draft.ts";
import { type ApplicationState, emptyState } from "../../src/domain/state.ts";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import { judgeCheck } from "../../src/domain/verification-check.ts";
import { startOddServer } from "../adapters/json-api/odd-server.ts";
import { policyFrom } from "../support/generated.ts";
import { type PrometheusServer, startPrometheus } from "../support/prometheus-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { metricsOf, unavailable } from "./evidence-sources.ts";

const shop = policyFrom(`
scrape: { interval: 1s, timeout: 1s, evaluationInterval: 1s, targets: [] }
metrics:
  - { record: error_rate, expr: vector(0), unit: percent }
  - { record: p95_latency, expr: vector(0), unit: milliseconds }
  - { record: uptime, expr: vector(0), unit: percent }
alerts:
  - { alert: ErrorsSpike, expr: error_rate > 1, for: 1m, rollback: safe-state }
  - alert: SlowForItsSize
    expr: p95_latency > $limit
    limits:
      - { traffic: 10, limit: 300 }
      - { traffic: 100, limit: 500 }
    rollback: stage
  - { alert: Untouched, expr: vector(1), rollback: phase }
  - { alert: Warning, expr: vector(1) }
gates:
  standard:
    criteria:
      error_rate: { green: "< 0.1", red: "> 1" }
      p95_latency: { green: "< 200", red: "> 500" }
      uptime: { green: ">= 100", red: "< 99", sustained: average }
      critical_alerts: { source: alertmanager, green: "== 0", red: ">= 3" }
`);

const running = new Stopper();
afterAll(() => running.stop());

/** What the application shows, by metric. */
const shown = new Map<string, number>();
let prometheus: PrometheusServer;
let metrics: MetricsSource;

beforeAll(async () => {
  const exposed = await running.start(
    startOddServer((response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      const own = [...shown].map(([name, value]) => `${name}{application="shop"} ${value}`);
      response.end([...own, 'error_rate{application="other"} 90', ""].join("\n"));
    }),
  );
  prometheus = await running.start(
    startPrometheus({ targets: [{ job: "shop", address: exposed.url.replace("http://", "") }], rules: [] }),
  );
  metrics = createPrometheusSource(createJsonApi({ name: "Prometheus", url: prometheus.url }));
});

const clock = { now: () => Date.now() };

/** Rolled back because of these alerts, which fire. */
function rolledBack(...alerts: readonly string[]): ApplicationState {
  const draft = new Draft(emptyState());
  const now = clock.now();
  for (const name of alerts) {
    const alert = { fingerprint: name, name, startsAt: now, application: "shop", job: null, labels: {} };
    draft.apply(decide(draft, { type: "alert", alert: { ...alert, status: "firing" } }, shop, now));
  }
  return draft;
}

const look = (state: ApplicationState, source: MetricsSource | null = metrics): Promise<VerifyEvidence> =>
  gatherVerification({ metrics: source, clock }, shop, state);

/** Once Prometheus shows what the application does. */
async function seen(values: Readonly<Record<string, number>>): Promise<void> {
  shown.clear();
  for (const [name, value] of Object.entries(values)) shown.set(name, value);
  await until(
    "Prometheus to show it, and nothing else",
    () => prometheus.query('{application="shop"}'),
    (series) =>
      series.length === shown.size &&
      series.every(({ labels, value }) => shown.get(labels.__name__ ?? "") === value),
    { onFailure: prometheus.report },
  );
}

const TRAFFIC = "rollguard_traffic_percentage:known";
const HEALTHY = { error_rate: 0.05, p95_latency: 100, [TRAFFIC]: 30 };

describe("a real Prometheus", () => {
  test("a trigger that is true no more, and metrics out of the red, are good", async () => {
    await seen(HEALTHY);
    const state = rolledBack("ErrorsSpike", "SlowForItsSize");
    const evidence = await look(state);
    expect(evidence).toMatchObject({ rollback: state.rollback?.id, breached: [], blindness: [] });
    expect(Date.now() - evidence.takenAt).toBeLessThan(5_000);
    // An average is judged when a bake is over, and Alertmanager is not asked.
    expect(Object.fromEntries(evidence.values)).toEqual({ error_rate: [0.05], p95_latency: [100] });
    expect(judgeCheck(evidence, shop)).toMatchObject({ verdict: "good", why: [] });
  });

  test("a trigger that is still true is breached, and only those that this rollback is about are asked", async () => {
    await seen({ ...HEALTHY, error_rate: 7 });
    const evidence = await look(rolledBack("ErrorsSpike"));
    expect(evidence).toMatchObject({ breached: ["ErrorsSpike"], blindness: [] });
    expect(judgeCheck(evidence, shop)).toMatchObject({
      verdict: "bad",
      why: ["ErrorsSpike is still true", "error_rate 7 is red (red is > 1)"],
    });
    const other = await look(rolledBack("SlowForItsSize"));
    expect(other.breached).toEqual([]);
  });

  test("another application that records the same metric breaches nothing here", async () => {
    await seen(HEALTHY);
    expect((await metrics.query("error_rate > 1")).values).toEqual([90]);
    expect((await look(rolledBack("ErrorsSpike"))).breached).toEqual([]);
  });

  test.each([
    [5, 400, ["SlowForItsSize"]],
    [50, 400, []],
    [50, 600, ["SlowForItsSize"]],
  ])("a limit is that of the traffic: at %d %% of it, %d ms", async (traffic, latency, breached) => {
    await seen({ ...HEALTHY, p95_latency: latency, [TRAFFIC]: traffic });
    expect((await look(rolledBack("SlowForItsSize"))).breached).toEqual(breached);
  });

  test("metrics without data say nothing, unless something else is known to be bad", async () => {
    await seen({ error_rate: 0, [TRAFFIC]: 30 });
    const evidence = await look(rolledBack("ErrorsSpike"));
    expect(evidence.values.get("p95_latency")).toEqual([]);
    expect(judgeCheck(evidence, shop)).toMatchObject({
      verdict: "no_data",
      why: ["no data for p95_latency"],
    });
    await seen({ error_rate: 7, [TRAFFIC]: 30 });
    expect(judgeCheck(await look(rolledBack("ErrorsSpike")), shop).verdict).toBe("bad");
  });

  test("a trigger that has gone from the policy is not asked for", async () => {
    await seen(HEALTHY);
    const state = rolledBack("ErrorsSpike");
    const edited = { ...shop, alerts: shop.alerts.filter(({ alert }) => alert !== "ErrorsSpike") };
    const evidence = await gatherVerification({ metrics, clock }, edited, state);
    expect(evidence).toMatchObject({ breached: [], blindness: [] });
  });
});

describe("a Prometheus that cannot be asked", () => {
  test("is not configured: that is blindness", async () => {
    const evidence = await look(rolledBack("ErrorsSpike"), null);
    expect(evidence.blindness).toEqual([expect.stringContaining("ROLLGUARD_PROMETHEUS_URL")]);
    expect(judgeCheck(evidence, shop).verdict).toBe("no_data");
  });

  test("is away: said once, and nothing is breached", async () => {
    const evidence = await look(rolledBack("ErrorsSpike"), metricsOf(unavailable("Prometheus is away")));
    expect(evidence).toMatchObject({ breached: [], blindness: ["Prometheus is away"] });
    expect(judgeCheck(evidence, shop).verdict).toBe("no_data");
  });

  test("does not answer in time", async () => {
    const never = metricsOf(() => new Promise(() => undefined));
    const { blindness } = await gatherVerification(
      { metrics: never, clock, within: 50 },
      shop,
      rolledBack("ErrorsSpike"),
    );
    expect(blindness).toEqual([expect.stringContaining("Prometheus does not answer")]);
  });

  test("answers for some only: what it does not like is told", async () => {
    const source = metricsOf(async (expr) => {
      if (expr.includes("> 1")) throw new Error("execution: too many samples");
      return { values: [0], warnings: [] };
    });
    expect((await look(rolledBack("ErrorsSpike"), source)).blindness).toEqual([
      "execution: too many samples",
    ]);
  });

  test("does not have all of it: that a trigger is silent then says nothing", async () => {
    const warnings = ["a store is away"];
    const source = metricsOf(async (expr) =>
      expr.includes("> 1") ? { values: [], warnings } : { values: [0], warnings: [] },
    );
    const { breached, blindness } = await look(rolledBack("ErrorsSpike"), source);
    expect(breached).toEqual([]);
    expect(blindness).toEqual(["Prometheus' answer for ErrorsSpike may not be whole: a store is away"]);
  });

  test("nothing is looked at without a rollback", async () => {
    await expect(look(emptyState())).rejects.toThrow("no open rollback");
  });
});
