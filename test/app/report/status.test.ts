import { describe, expect, test } from "@jest/globals";
import type { ProgressReport } from "../../../src/app/report/report.ts";
import { GenesisStory } from "./genesis-story.ts";
import { HOUR, MINUTE, Reporting, START, WELL } from "./reporting.ts";

const progress = async (app: Reporting, ...asked: Parameters<Reporting["report"]>): Promise<ProgressReport> =>
  (await app.report(...asked)) as ProgressReport;

function running(plan = "hybrid"): Reporting {
  const app = new Reporting();
  app.curves = { ...WELL, cache_hit_rate: () => 80, sum: () => 80 };
  app.deploy(plan);
  return app;
}

describe("what is not known is not said to be well", () => {
  test("a stage whose gate has no data is at risk", async () => {
    const app = running();
    app.app.runFor(HOUR);
    expect(await progress(app, { kind: "stage" })).toMatchObject({ status: "ON TRACK" });
    app.curves = { ...app.curves, p95_latency: () => null };
    const { status, because, unknown, metrics } = await progress(app, { kind: "stage" });
    expect({ status, because }).toEqual({
      status: "AT RISK",
      because: ["the gate promotes nothing without data, and there is none now for p95_latency"],
    });
    expect(unknown).toEqual(["no data for p95_latency: Prometheus has no data of it in this time"]);
    expect(metrics.find(({ metric }) => metric === "p95_latency")).toMatchObject({
      value: null,
      worst: null,
      verdict: null,
      from: null,
      trend: null,
    });
  });

  test("what the gate saw is told as that, and is nothing that is known now", async () => {
    const app = running();
    app.app.runFor(8 * HOUR + MINUTE);
    const done = await progress(app, { kind: "stage", stage: 1 }, { metrics: null });
    expect(done.status).toBe("ON TRACK");
    expect(done.metrics[0]).toMatchObject({
      from: "ledger",
      source: expect.stringMatching(/^the gate's last check/),
    });
    const { status, because } = await progress(app, { kind: "final" }, { metrics: null });
    expect(status).toBe("AT RISK");
    expect(because.join()).toContain("there is none now for error_rate");
  });

  test("a picture without data says why", async () => {
    const app = running();
    app.app.runFor(HOUR);
    const { charts } = await progress(app, { kind: "stage" }, { metrics: null });
    expect(charts.map(({ id, missing }) => [id, missing])).toEqual([
      ["traffic", null],
      ["error_rate", expect.stringContaining("ROLLGUARD_PROMETHEUS_URL")],
      ["p95_latency", expect.stringContaining("ROLLGUARD_PROMETHEUS_URL")],
    ]);
  });

  test("Alertmanager that cannot be had leaves its alerts unknown", async () => {
    const app = running();
    app.app.runFor(HOUR);
    const alerts = {
      alerts: async () => {
        throw new Error("Alertmanager does not answer: refused");
      },
      configuration: async () => ({ route: { receiver: "x" }, receivers: [] }) as never,
    };
    const { firing, unknown } = await progress(app, { kind: "stage" }, { alerts });
    expect(firing).toBeNull();
    expect(unknown).toEqual(["which alerts fire is not known: Alertmanager does not answer: refused"]);
  });
});

describe("the status", () => {
  test("is at risk while somebody has to act", async () => {
    const app = running();
    app.app.runFor(HOUR);
    app.app.says("pause");
    expect(await progress(app, { kind: "stage" })).toMatchObject({
      status: "AT RISK",
      because: ["the rollout is paused"],
      decision: { decision: "PAUSE at 30 %", by: "mia" },
    });
    app.app.says("resume");
    app.app.nextLook({ error_rate: null }, ["Prometheus does not answer"]);
    const blind = await progress(app, { kind: "stage" });
    expect(blind).toMatchObject({
      status: "AT RISK",
      issues: [{ severity: "P1", resolution: "MONITORING" }],
    });
    expect(blind.nextSteps[0]?.text).toContain("rollguard preflight");
  });

  test("counts critical alerts that fire, and not those that somebody silenced", async () => {
    const app = running();
    app.app.runFor(HOUR);
    const alert = {
      fingerprint: "a",
      name: "ErrorRateSpike",
      labels: { alertname: "ErrorRateSpike", application: "genesis", severity: "critical" },
      summary: "",
      startsAt: START,
      silenced: false,
      inhibited: false,
    };
    app.firing = [alert];
    // One is yellow for the gate too.
    expect(await progress(app, { kind: "stage" })).toMatchObject({
      status: "AT RISK",
      because: ["Critical alerts is yellow: 1 (target == 0)", "ErrorRateSpike is firing"],
    });
    app.firing = [{ ...alert, silenced: true }];
    expect(await progress(app, { kind: "stage" })).toMatchObject({ status: "ON TRACK" });
  });

  test("of a rollout that ended long ago does not change with what fires now", async () => {
    const app = running("fast");
    app.app.runToEnd();
    const before = await progress(app, { kind: "final" });
    app.app.now += 10 * 24 * HOUR;
    app.app.state.storm = { since: app.app.now, until: app.app.now + HOUR, triggers: [] };
    app.firing = [
      {
        fingerprint: "a",
        name: "ErrorRateSpike",
        labels: { alertname: "ErrorRateSpike", application: "genesis", severity: "critical" },
        summary: "",
        startsAt: START,
        silenced: false,
        inhibited: false,
      },
    ];
    const { status, because, firing, decision } = await progress(app, { kind: "final" });
    expect([status, because]).toEqual([before.status, before.because]);
    expect(firing).toBeNull();
    expect(decision).toEqual(before.decision);
  });

  test("of a daily report is that of the day, with or without a rollout", async () => {
    const app = new GenesisStory().whole();
    expect(await app.report({ kind: "daily" })).toMatchObject({ status: "ROLLED BACK", autoRollback: true });
    app.app.now += 25 * HOUR;
    expect(await app.report({ kind: "daily" })).toMatchObject({
      status: "NO ROLLOUT",
      rollout: null,
      rollbacks: [],
      traffic: { before: 0, after: 0 },
    });
  });

  test("of a rollback by hand is no automatic one", async () => {
    const app = running();
    app.app.runFor(HOUR);
    app.app.rollsBack("stage");
    expect(await app.report({ kind: "final" })).toMatchObject({
      status: "FAILED",
      autoRollback: false,
      rollbacks: [{ trigger: "operator", tier: "stage" }],
    });
  });

  test("of what the gate rolled back tells what was red", async () => {
    const app = running();
    app.app.runFor(HOUR);
    app.app.nextLook({ error_rate: 5 });
    expect(await app.report({ kind: "stage" })).toMatchObject({
      status: "ROLLED BACK",
      autoRollback: true,
      stages: [{ result: "FAILED", verdict: "red" }],
      decision: { decision: "ROLLBACK to 0 %", rationale: "error_rate 5 is red (red is > 1)" },
    });
  });
});
