import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createAlertmanagerSource } from "../../src/adapters/alertmanager/alertmanager-source.ts";
import { createJsonApi, type JsonApi } from "../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../src/adapters/prometheus/prometheus-source.ts";
import { createRecordedSource } from "../../src/adapters/prometheus/recorded-source.ts";
import { FailingRulesReader } from "../../src/app/gather-evidence/failing-rules.ts";
import { RecordedReader } from "../../src/app/gather-evidence/recorded-reader.ts";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import type { MetricsSource } from "../../src/app/ports.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import { type OddServer, startOddServer } from "../adapters/json-api/odd-server.ts";
import { startAlertmanager } from "../support/alertmanager-server.ts";
import { policyFrom } from "../support/generated.ts";
import { type PrometheusServer, startPrometheus } from "../support/prometheus-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { rollingOut } from "./rollout-state.ts";

/** Fresh is what is younger than two evaluations: 2m. Prometheus itself looks back for 5m. */
const shop = policyFrom(`
scrape: { interval: 1s, timeout: 1s, evaluationInterval: 1m, targets: [] }
metrics:
  - { record: recorded, expr: vector(0.5), unit: percent }
  - { record: recent, expr: vector(0), unit: percent }
  - { record: forgotten, expr: vector(0), unit: percent }
  - { record: ended, expr: vector(0), unit: percent }
  - { record: wide, expr: vector(0), unit: percent }
alerts:
  - { alert: NoRequests, expr: vector(1), blind: true, annotations: { summary: No requests } }
gates:
  all:
    holdFor: 1m
    criteria:
      recorded: { green: "< 1" }
      recent: { green: "< 1" }
      forgotten: { green: "< 1" }
      ended: { green: "< 1" }
      wide: { green: "< 1" }
      own: { expr: "sum(wide)", green: "< 1" }
      critical_alerts: { source: alertmanager, green: "== 0" }
plans: { only: { stages: [{ traffic: 100, bake: 1m, checkEvery: 10s, gate: all }] } }
rollout: { defaultPlan: only }
`);

const FORGOTTEN = "the newest forgotten is older than two evaluations (2m)";

const running = new Stopper();
afterAll(() => running.stop());

let exposed: OddServer;
let isEnded = false;
let prometheus: PrometheusServer;
let metrics: MetricsSource;
let look: () => Promise<Evidence>;
/** At this application and another one, each alone or both together. */
let lookAtBoth: (how: "alone" | "together") => Promise<readonly Evidence[]>;
const asked: string[] = [];
let post: (
  alerts: readonly { labels: Record<string, string>; annotations?: Record<string, string> }[],
) => Promise<void>;

beforeAll(async () => {
  const start = Date.now();
  // A sample with a time of its own is what a rule leaves behind that is evaluated no more: nothing marks its end.
  exposed = await running.start(
    startOddServer((response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(
        [
          `recent{application="shop"} 1 ${start - 30_000}`,
          `forgotten{application="shop"} 2 ${start - 180_000}`,
          ...(isEnded ? [] : ['ended{application="shop"} 3']),
          'wide{application="shop",instance="a"} 4',
          'wide{application="shop",instance="b"} 5',
          'wide{application="other",instance="a"} 100',
          'forgotten{application="other"} 7',
          "",
        ].join("\n"),
      );
    }),
  );
  const alertmanager = await running.start(startAlertmanager({ webhook: "http://127.0.0.1:9/" }));
  prometheus = await running.start(
    startPrometheus({
      targets: [{ job: "shop", address: exposed.url.replace("http://", "") }],
      rules: [
        { record: "recorded", expr: "vector(0.5)", labels: { application: "shop" } },
        { record: "recorded", expr: "vector(99)", labels: { application: "other" } },
      ],
    }),
  );
  const api = createJsonApi({ name: "Prometheus", url: prometheus.url });
  const noted: JsonApi = {
    get: (path, ...rest) => {
      asked.push(path);
      return api.get(path, ...rest);
    },
    post: (path, parameters, ...rest) => {
      asked.push(parameters[0]?.[1] ?? "");
      return api.post(path, parameters, ...rest);
    },
  };
  metrics = createPrometheusSource(noted);
  const alerts = createAlertmanagerSource(createJsonApi({ name: "Alertmanager", url: alertmanager.url }));
  post = (all) => alertmanager.post(all);
  const clock = { now: () => Date.now() };
  look = () =>
    gatherEvidence(
      { metrics, alerts, clock },
      shop,
      rollingOut(shop, { plan: "only", startedAt: Date.now() }),
    );
  const other = { ...shop, application: { ...shop.application, name: "other", job: "other" } };
  lookAtBoth = (how) => {
    asked.length = 0;
    const shared = {
      recorded: new RecordedReader(createRecordedSource(noted)),
      rules: new FailingRulesReader(metrics),
    };
    return Promise.all(
      [shop, other].map((policy) =>
        gatherEvidence(
          { metrics, alerts, clock: { now: () => start }, ...(how === "together" ? shared : {}) },
          policy,
          rollingOut(policy, { plan: "only", startedAt: start }),
        ),
      ),
    );
  };
});

async function plain(expr: string): Promise<readonly number[]> {
  return (await metrics.query(expr)).values;
}

describe("real servers", () => {
  test("what is fresh is seen, what was forgotten is not", async () => {
    const { values, blindness } = await until(
      "all of it to be scraped and recorded",
      look,
      ({ values: seen }) => seen.get("recorded")?.length === 1 && seen.get("ended")?.length === 1,
      { onFailure: prometheus.report },
    );
    expect(Object.fromEntries(values)).toEqual({
      recorded: [0.5],
      recent: [1],
      forgotten: [],
      ended: [3],
      wide: expect.arrayContaining([4, 5]),
      own: [9],
      critical_alerts: [0],
    });
    expect(values.get("wide")).toHaveLength(2);
    expect(blindness).toEqual([FORGOTTEN]);
    // Without the guard Prometheus would go on telling it.
    expect(await plain('forgotten{application="shop"}')).toEqual([2]);
  });

  test("who is looked at together with others is told the same as alone", async () => {
    const alone = await lookAtBoth("alone");
    expect(Object.fromEntries(alone[1]?.values ?? [])).toEqual({
      recorded: [99],
      recent: [],
      forgotten: [7],
      ended: [],
      wide: [100],
      own: [100],
      critical_alerts: [0],
    });
    expect(await lookAtBoth("together")).toEqual(alone);
    expect(asked.filter((question) => question === "/api/v1/rules")).toHaveLength(1);
    const guarded = asked.filter((question) => question.includes("last_over_time"));
    expect(guarded.map((question) => /^\w+/.exec(question)?.[0]).sort()).toEqual([
      "ended",
      "forgotten",
      "label_replace",
      "recent",
    ]);
  });

  test("what has ended is not seen, though it was there a moment ago", async () => {
    await until("it to be there", look, ({ values }) => values.get("ended")?.length === 1);
    isEnded = true;
    await until("its end", look, ({ values }) => values.get("ended")?.length === 0, {
      onFailure: prometheus.report,
    });
    expect(await plain("last_over_time(ended[2m])")).toEqual([3]);
    const [together] = await lookAtBoth("together");
    expect(together?.values.get("ended")).toEqual([]);
  });

  test("alerts that fire count, or make us blind", async () => {
    const labels = { application: "shop", severity: "critical" };
    await post([
      { labels: { ...labels, alertname: "ErrorRateSpike" } },
      { labels: { ...labels, alertname: "ErrorRateSpike", application: "other" } },
      { labels: { severity: "critical", alertname: "ByJob", job: "shop" } },
      { labels: { severity: "critical", alertname: "Nobodys" } },
      { labels: { ...labels, alertname: "NoRequests" }, annotations: { summary: "No requests" } },
    ]);
    const { values, blindness } = await look();
    expect(values.get("critical_alerts")).toEqual([2]);
    expect(blindness).toEqual([FORGOTTEN, "NoRequests is firing: No requests"]);
  });

  test("a Prometheus that was killed is told once", async () => {
    await prometheus.stop();
    const { values, blindness } = await look();
    expect(blindness).toContain(`Prometheus does not answer: connect ECONNREFUSED ${prometheus.address}`);
    expect(blindness.filter((text) => text.includes("Prometheus"))).toHaveLength(1);
    expect(values.get("recorded")).toEqual([]);
    expect(values.get("critical_alerts")).toEqual([2]);
  });
});
