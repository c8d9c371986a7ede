import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createJsonApi } from "../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../src/adapters/prometheus/prometheus-source.ts";
import { gatherVerification } from "../../src/app/gather-verification.ts";
import type { MetricsSource } from "../../src/app/ports.ts";
import { askingWhyUnread } from "../../src/app/why-unread.ts";
import type { Command } from "../../src/domain/command.ts";
import { decide } from "../../src/domain/decide.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState } from "../../src/domain/state.ts";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import { judgeCheck } from "../../src/domain/verification-check.ts";
import { type OddServer, startOddServer } from "../adapters/json-api/odd-server.ts";
import { policyFrom } from "../support/generated.ts";
import { freePort } from "../support/process.ts";
import { type PrometheusServer, startPrometheus } from "../support/prometheus-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";

const RATE =
  "sum by (application) (rate(errors_total[5s])) / sum by (application) (rate(requests_total[5s]))";
const shop = policyFrom(`
scrape: { interval: 1s, timeout: 1s, evaluationInterval: 1s, targets: [] }
metrics:
  - { record: error_rate, expr: '100 * ${RATE}', unit: percent }
  - { record: p99_latency, expr: vector(0), unit: milliseconds }
alerts:
  - { alert: ErrorRateSpike, expr: error_rate > 1, rollback: safe-state }
  - { alert: SlowP99, expr: p99_latency > 2000, rollback: safe-state }
  - { alert: ServiceDown, expr: 'up{job="shop"} == 0', rollback: safe-state }
tiers:
  safe-state: { trafficCap: 0 }
verify: { startAfter: 1s, checkEvery: 1s, giveUpAfter: 3s, goodChecksInARow: 3 }
gates:
  standard:
    criteria:
      error_rate: { green: "< 0.1", red: "> 1" }
      targets_up: { expr: 'min(up{job="shop"})', green: "== 1", red: "< 1" }
`);

const running = new Stopper();
afterAll(() => running.stop());

const READABLE = { line: "", type: "text/plain; version=0.0.4" };
/** What a scrape of the application gives. */
const exposed = { requests: 0, errors: 0, p99: 100, isStopped: true, ...READABLE };
const MOST_SAMPLES = 50;
let target: OddServer;
let prometheus: PrometheusServer;
let metrics: MetricsSource;

async function started(address: string): Promise<PrometheusServer> {
  const rules = [{ record: "error_rate", expr: `100 * ${RATE}` }];
  return running.start(
    startPrometheus({ targets: [{ job: "shop", address, sampleLimit: MOST_SAMPLES }], rules }),
  );
}

const sourceOf = ({ url }: PrometheusServer): MetricsSource =>
  createPrometheusSource(createJsonApi({ name: "Prometheus", url }));

beforeAll(async () => {
  target = await running.start(
    startOddServer((response) => {
      // One in ten fails while there is traffic.
      if (!exposed.isStopped) {
        exposed.requests += 10;
        exposed.errors += 1;
      }
      const { requests, errors, p99, line, type } = exposed;
      const told = { requests_total: requests, errors_total: errors, p99_latency: p99 };
      const lines = Object.entries(told).map(([name, value]) => `${name}{application="shop"} ${value}`);
      response.setHeader("content-type", type);
      response.end([...lines, line, ""].join("\n"));
    }),
  );
  prometheus = await started(target.url.replace("http://", ""));
  metrics = sourceOf(prometheus);
});

async function shows(expr: string): Promise<void> {
  await until(
    `Prometheus to show ${expr}`,
    () => prometheus.query(expr),
    (series) => series.length > 0,
    { within: 20_000, onFailure: prometheus.report },
  );
}

/** The application as the responder has it, looked at as its clock would. */
class Responder {
  readonly draft = new Draft(emptyState());
  readonly decisions: Decision[] = [];

  take(command: Command): void {
    const decision = decide(this.draft, command, shop, Date.now());
    this.decisions.push(decision);
    this.draft.apply(decision);
  }

  alert(name: string, status: "firing" | "resolved"): void {
    const alert = { fingerprint: name, name, startsAt: 1, application: "shop", job: null, labels: {} };
    this.take({ type: "alert", alert: { ...alert, status } });
  }

  sees(source = metrics): Promise<VerifyEvidence> {
    return gatherVerification({ metrics: source, clock: Date }, shop, this.draft);
  }

  async look(source: MetricsSource): Promise<void> {
    this.take({ type: "verify", evidence: await this.sees(source) });
  }

  /** Looks on until something was decided, or it was looked at so often. */
  async looksOn(
    reasons: readonly string[],
    times = Number.POSITIVE_INFINITY,
    source = metrics,
  ): Promise<void> {
    await until(
      reasons.join(" or "),
      () => this.look(source),
      () =>
        this.decisions.some(({ reason }) => reason !== null && reasons.includes(reason)) ||
        (this.draft.verification?.looks ?? 0) >= times,
      { within: 20_000, every: 200, onFailure: () => JSON.stringify(this.draft.verification) },
    );
  }

  get pages(): readonly string[] {
    return this.decisions.flatMap(({ messages }) =>
      messages.filter(({ page }) => page).map(({ kind }) => kind),
    );
  }
}

describe("after a rollback, with a real Prometheus", () => {
  test("a trigger that joined is asked until it is true no more, whatever Alertmanager says", async () => {
    exposed.p99 = 3_000;
    await shows("p99_latency > 2000");
    const responder = new Responder();
    responder.alert("ErrorRateSpike", "firing");
    responder.alert("SlowP99", "firing");
    responder.alert("ErrorRateSpike", "resolved");
    responder.alert("SlowP99", "resolved");
    exposed.isStopped = true;
    await responder.looksOn(["verified", "verification_failed"]);
    const failed = responder.decisions.at(-1);
    expect(failed).toMatchObject({ reason: "verification_failed" });
    expect(failed?.detail).toContain("SlowP99 is still true");
    expect(responder.draft.rollback).not.toBeNull();
    exposed.p99 = 100;
    await responder.looksOn(["verified"]);
    expect(responder.draft.rollback).toBeNull();
  });

  test("that took away all traffic it is judged by what is left, and nobody is called", async () => {
    exposed.isStopped = false;
    await shows("error_rate > 1");
    const responder = new Responder();
    responder.alert("ErrorRateSpike", "firing");
    exposed.isStopped = true;
    await responder.looksOn(["verified", "verification_failed", "unverified"]);
    const last = responder.decisions.at(-1);
    expect(last).toMatchObject({ reason: "verified" });
    expect(last?.detail).toContain("no traffic for");
    expect(last?.detail).toContain("shop is up (1 of 1)");
    expect(responder.pages).toEqual([]);
  });

  test("of two Prometheus behind one address the one that sees the target wins", async () => {
    const blind = await started(`127.0.0.1:${await freePort()}`);
    await until(
      "the other one to have lost it",
      () => blind.query('up{job="shop"} == 0'),
      ({ length }) => length > 0,
    );
    const [seeing, other] = [metrics, sourceOf(blind)];
    // Whoever asks the same again asks the other one.
    const turns = new Map<string, number>();
    const next = (what: string): MetricsSource => {
      const turn = turns.get(what) ?? 0;
      turns.set(what, turn + 1);
      return turn % 2 === 0 ? other : seeing;
    };
    const both: MetricsSource = {
      ...seeing,
      query: (expr) => next(expr).query(expr),
      targets: () => next("targets").targets(),
      ruleGroups: (...asked) => next("rules").ruleGroups(...asked),
    };
    const responder = new Responder();
    responder.alert("ServiceDown", "firing");
    await responder.looksOn(["verified", "verification_failed", "unverified"], 10, both);
    expect(responder.decisions.at(-1)?.reason).toBe("verified");
  });

  test.each<[string, Partial<typeof exposed>, RegExp]>([
    ["a bad line", { line: "this is { no metric" }, /strconv.ParseFloat/],
    ["another content type", { type: "application/openmetrics-text; version=1.0.0" }, /start token/],
    [
      "more than it may",
      { line: Array.from({ length: MOST_SAMPLES }, (_, index) => `more${index} 1`).join("\n") },
      /sample limit/,
    ],
  ])("a target that answers with %s is no fault: it is not seen", async (_, broken, said) => {
    Object.assign(exposed, READABLE, broken);
    await until(
      "Prometheus not to read it",
      async () => (await askingWhyUnread(metrics)?.(shop, [{ job: null, labels: {} }]))?.[0] ?? "",
      (unread) => said.test(unread),
      { within: 20_000, onFailure: prometheus.report },
    );
    const responder = new Responder();
    responder.alert("ServiceDown", "firing");
    const { verdict, why } = judgeCheck(await responder.sees(), shop);
    expect(verdict).toBe("no_data");
    expect(why.join("; ")).toContain("ServiceDown tells of no fault: ");
    expect(why.join("; ")).toContain("targets_up tells of no fault: ");
  });

  test("people are called for it, and nothing more is turned down", async () => {
    const responder = new Responder();
    responder.alert("ServiceDown", "firing");
    await responder.looksOn(["verified", "verification_failed", "unverified"]);
    expect(responder.decisions.at(-1)).toMatchObject({ reason: "unverified" });
    expect(responder.pages).toEqual(["unverified"]);
    Object.assign(exposed, READABLE);
    await shows('up{job="shop"} == 1');
  });

  test("that the application does not survive it is not well, though its metrics are gone", async () => {
    const responder = new Responder();
    responder.alert("ErrorRateSpike", "firing");
    responder.alert("ErrorRateSpike", "resolved");
    await target.stop();
    await shows('up{job="shop"} == 0');
    const [unread] = (await askingWhyUnread(metrics)?.(shop, [{ job: null, labels: {} }])) ?? [];
    expect(unread).toBeNull();
    await responder.looksOn(["verified", "verification_failed", "unverified"]);
    const last = responder.decisions.at(-1);
    expect(last).toMatchObject({ reason: "verification_failed" });
    expect(last?.detail).toContain("targets_up 0 is red");
  });
});
