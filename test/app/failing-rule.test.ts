import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createJsonApi } from "../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../src/adapters/prometheus/prometheus-source.ts";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import { gatherVerification } from "../../src/app/gather-verification.ts";
import type { MetricsSource } from "../../src/app/ports.ts";
import { decide } from "../../src/domain/decide.ts";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState } from "../../src/domain/state.ts";
import { judgeCheck } from "../../src/domain/verification-check.ts";
import { startOddServer } from "../adapters/json-api/odd-server.ts";
import { policyFrom } from "../support/generated.ts";
import { type PrometheusServer, startPrometheus } from "../support/prometheus-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertsOf } from "./evidence-sources.ts";
import { rollingOut } from "./rollout-state.ts";

const ERROR_RATE = "failed / on (pod) served * 100";

const shop = policyFrom(`
scrape: { interval: 1s, timeout: 1s, evaluationInterval: 1s, targets: [] }
metrics: [{ record: error_rate, expr: "${ERROR_RATE}", unit: percent }]
alerts:
  - { alert: ErrorsSpike, expr: error_rate > 1, rollback: safe-state }
  - { alert: PodBroken, expr: "${ERROR_RATE} > 90", rollback: phase }
  - { alert: PodOdd, expr: "${ERROR_RATE} > 80" }
gates:
  standard:
    holdFor: 1m
    criteria:
      error_rate: { green: "< 0.1", red: "> 1" }
  mean:
    holdFor: 1m
    criteria:
      mean_errors: { expr: "avg(error_rate)", green: "< 0.1" }
      requests: { expr: "sum(served)", green: "> 0" }
      critical_alerts: { source: alertmanager, green: "== 0" }
plans: { only: { stages: [{ traffic: 100, bake: 1m, checkEvery: 10s, gate: mean }] } }
rollout: { defaultPlan: only }
`);

const running = new Stopper();
afterAll(() => running.stop());

/** An hour ahead of Prometheus' own: ages are not for us to tell. */
const clock = { now: () => Date.now() + 3_600_000 };
const exposed = ['failed{pod="a"} 0', 'served{pod="a",version="1"} 100'];
let prometheus: PrometheusServer;
let metrics: MetricsSource;

beforeAll(async () => {
  const service = await running.start(
    startOddServer((response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end([...exposed, ""].join("\n"));
    }),
  );
  prometheus = await running.start(
    startPrometheus({
      targets: [{ job: "shop", address: service.url.replace("http://", "") }],
      group: "shop-rollback",
      rules: [
        { record: "error_rate", expr: ERROR_RATE, labels: { application: "shop" } },
        { alert: "PodBroken", expr: `${ERROR_RATE} > 90` },
        { alert: "PodOdd", expr: `${ERROR_RATE} > 80` },
      ],
    }),
  );
  metrics = createPrometheusSource(createJsonApi({ name: "Prometheus", url: prometheus.url }));
});

const gate = () =>
  gatherEvidence(
    { metrics, alerts: alertsOf(async () => []), clock },
    shop,
    rollingOut(shop, { plan: "only", startedAt: clock.now() }),
  );

const verification = () => {
  const draft = new Draft(emptyState());
  const alert = {
    fingerprint: "f",
    name: "ErrorsSpike",
    startsAt: clock.now(),
    application: "shop",
    job: null,
  };
  draft.apply(decide(draft, { type: "alert", alert: { ...alert, labels: {}, status: "firing" } }, shop, 0));
  return gatherVerification({ metrics, clock }, shop, draft);
};

describe("a recording rule that begins to fail leaves its last value behind", () => {
  test("until then it is seen", async () => {
    const { blindness } = await until(
      "the rate to be recorded",
      gate,
      ({ values }) => values.get("mean_errors")?.length === 1,
      { onFailure: prometheus.report },
    );
    expect(blindness).toEqual([]);
    const evidence = await verification();
    expect(evidence).toMatchObject({ answered: ["ErrorsSpike"], breached: [], blindness: [] });
    expect(judgeCheck(evidence, shop).verdict).toBe("good");
  });

  test("no evidence comes of it after two evaluations, and the reason is told", async () => {
    exposed.push('served{pod="a",version="2"} 100');
    const failing = /^the rule error_rate fails: .*many-to-many matching not allowed/;
    const { values, blindness } = await until(
      "the gate to see nothing",
      gate,
      (evidence) => evidence.values.get("mean_errors")?.length === 0,
      { onFailure: prometheus.report },
    );
    expect(Object.fromEntries(values)).toEqual({ mean_errors: [], requests: [200], critical_alerts: [0] });
    expect(blindness).toEqual([
      expect.stringMatching(failing),
      expect.stringMatching(/^the rule PodBroken fails and cannot fire: .*many-to-many/),
    ]);

    const evidence = await verification();
    expect(evidence).toMatchObject({ answered: [], breached: [] });
    expect(evidence.blindness).toEqual([expect.stringMatching(failing)]);
    expect(judgeCheck(evidence, shop)).toMatchObject({
      verdict: "no_data",
      why: [expect.stringMatching(failing), "no data for error_rate"],
    });
    // Prometheus would go on telling it, as if it were of now.
    expect((await metrics.query("error_rate")).values).toEqual([0]);
    expect((await metrics.query("error_rate > 1")).values).toEqual([]);
  });

  test("it counts again as soon as it is recorded again", async () => {
    exposed.pop();
    const evidence = await until("it to be recorded", verification, ({ answered }) => answered.length > 0, {
      onFailure: prometheus.report,
    });
    expect(judgeCheck(evidence, shop).verdict).toBe("good");
  });
});
