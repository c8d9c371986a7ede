import { afterEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { PreflightReport } from "../../../src/app/preflight.ts";
import { verifyRollback } from "../../support/verify-rollback.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";
import { APP, deploy, expectRefused, shop, start, stateOf, stop } from "./rollout-shop.ts";

afterEach(stop);

describe("deploy", () => {
  test("starts the policy's own plan, and its answer tells where it stands", async () => {
    const app = await start();
    const { status, body, headers } = await deploy(app);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      application: "shop",
      reason: "promoted",
      revision: 1,
      traffic: 10,
      rollout: { plan: "safe", state: "running", stage: 1, startedBy: "operator" },
    });
    expect(headers.etag).toBe('"1"');
    expect(await stateOf(app)).toMatchObject({ revision: 1, rollout: { outcome: null } });
  });

  test("runs steps of the operator's own, with seconds or a duration", async () => {
    const app = await start();
    const { body } = await deploy(app, { plan: "custom", steps: [0, 10, 100], wait: 20 });
    expect(body.rollout.stages).toMatchObject([
      { traffic: 0, bakeSeconds: 20 },
      { traffic: 10, bakeSeconds: 20 },
      { traffic: 100, bakeSeconds: 20 },
    ]);
    await request(app.app).post(`${APP}/abort`).expect(200);
    const again = await deploy(app, { steps: "5,50", wait: "10m" });
    expect(again.body.rollout).toMatchObject({
      plan: "custom",
      stages: [{ bakeSeconds: 600 }, { traffic: 50 }],
    });
  });

  test.each([
    ["an unknown plan", { plan: "saef" }, /no plan "saef"; there are: safe, instant, custom/],
    ["steps that go down", { plan: "custom", steps: [0, 50, 10], wait: 20 }, /go down from 50 to 10/],
    ["steps beyond 100", { plan: "custom", steps: [0, 110], wait: 20 }, /110 is no percentage/],
    [
      "steps that are no numbers",
      { plan: "custom", steps: ["a"], wait: 20 },
      /steps: expected a list of percentages/,
    ],
    ["no steps", { plan: "custom", steps: [], wait: 20 }, /between 1 and 100 steps/],
    ["a wait of 0", { plan: "custom", steps: [0, 10], wait: 0 }, /wait: 0 s is no bake/],
    ["a wait that is none", { plan: "custom", steps: [0, 10], wait: "soon" }, /"soon" is neither seconds/],
    ["a million steps", { steps: Array(2_000).fill(1), wait: 5 }, /far too many/],
    ["no wait", { plan: "custom", steps: [0, 10] }, /wait: say how long/],
    ["steps for a plan that has stages", { plan: "safe", steps: [1] }, /has its own stages/],
    ["an error threshold that is no number", { errorThreshold: "high" }, /errorThreshold: expected a number/],
    ["a negative threshold", { errorThreshold: -1 }, /errorThreshold: -1 is no limit/],
    ["a threshold that no gate judges", { latencyThreshold: 300 }, /no gate of this plan judges p95_latency/],
    ["a target beyond the plan", { targetPercentage: 101 }, /101 is no percentage/],
    ["a misspelt member", { dryrun: true }, /dryrun/],
    ["a plan that is no name", { plan: 7 }, /plan: expected the name/],
  ])("refuses %s, and changes nothing", async (_, body, says) => {
    await expectRefused(await start(), "deploy", body, 422, says);
  });

  test("refuses a body that is no JSON, and an unknown application", async () => {
    const app = await start();
    await request(app.app).post(`${APP}/deploy`).send("{").expect(400);
    await request(app.app).post("/api/v1/applications/shpo/deploy").expect(404);
    await request(app.app).get(`${APP}/deploy`).expect(405);
  });

  test("is refused while a rollout runs", async () => {
    const app = await start();
    await deploy(app).expect(200);
    await expectRefused(app, "deploy", {}, 409, /is running: abort it/);
  });

  test("is refused while a trigger fires, and afterwards until the rollback is acknowledged", async () => {
    const app = await start();
    await deploy(app).expect(200);
    await request(app.app)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody("ErrorRateSpike")]))
      .expect(200);
    expect(await stateOf(app)).toMatchObject({ rollout: { outcome: "rolled_back" } });
    await expectRefused(app, "deploy", {}, 409, /rollback rb-.* is open/);
    await expectRefused(app, "retry", { acknowledge: true, reason: "fixed" }, 409, /rollback rb-.* is open/);
    await request(app.app)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody("ErrorRateSpike", { status: "resolved" })]))
      .expect(200);
    // Nothing fires any more, but whether it has helped is not known yet.
    await expectRefused(app, "deploy", {}, 409, /rollback rb-.* is open/);
    await verifyRollback(app.store, shop, { values: new Map([["error_rate", [0]]]) });
    expect(await stateOf(app)).toMatchObject({ rollback: null });
    await expectRefused(app, "deploy", {}, 409, /traffic: in quarantine/);
    await expectRefused(app, "deploy", { acknowledge: true }, 409, /give a reason/);
    await expectRefused(app, "retry", {}, 409, /acknowledge that, and give a reason/);
    const { body } = await request(app.app).post(`${APP}/retry`).send({ acknowledge: true, reason: "fixed" });
    expect(body).toMatchObject({ traffic: 10, rollout: { attempt: 2, state: "running", stage: 1 } });
    expect((await stateOf(app)).flags.get("traffic")).toMatchObject({ quarantinedBy: null });
  });

  test("does not start when preflight fails, and tells what to do", async () => {
    const preflight: PreflightReport = {
      ok: false,
      checks: [{ name: "prometheus", status: "fail", detail: "does not answer", fix: "start it" }],
    };
    const app = await start({ preflight });
    const { status, body } = await deploy(app);
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "preflight_failed", reason: "refused", preflight });
    expect(body.detail).toContain("prometheus: does not answer; start it");
    expect(await stateOf(app)).toMatchObject({ revision: 0 });
  });

  test("is not retried either when preflight fails", async () => {
    const report: { ok: boolean; checks: PreflightReport["checks"] } = { ok: true, checks: [] };
    const app = await start({ preflight: report });
    await deploy(app).expect(200);
    await request(app.app).post(`${APP}/abort`).expect(200);
    report.ok = false;
    const again = { acknowledge: true, reason: "again" };
    const { body } = await request(app.app).post(`${APP}/retry`).send(again).expect(409);
    expect(body).toMatchObject({ code: "preflight_failed" });
    expect(await stateOf(app)).toMatchObject({ rollout: { attempt: 1, outcome: "aborted" } });
  });

  test("in production needs a confirmation, and a dangerous plan a stronger one", async () => {
    const app = await start({ production: true });
    await expectRefused(app, "deploy", {}, 422, /needs "yes"/);
    await expectRefused(app, "deploy", { plan: "instant", confirm: "yes" }, 422, /needs "yes-i-am-sure"/);
    await deploy(app, { plan: "instant", confirm: "yes-i-am-sure" }).expect(200);
  });

  test("in production is retried only with the same confirmation", async () => {
    const app = await start({ production: true });
    await deploy(app, { plan: "instant", confirm: "yes-i-am-sure" }).expect(200);
    await request(app.app).post(`${APP}/abort`).expect(200);
    const again = { acknowledge: true, reason: "again" };
    await expectRefused(app, "retry", again, 422, /needs "yes-i-am-sure"/);
    await expectRefused(app, "retry", { ...again, confirm: "yes" }, 422, /needs "yes-i-am-sure"/);
    await request(app.app)
      .post(`${APP}/retry`)
      .send({ ...again, confirm: "yes-i-am-sure" })
      .expect(200);
  });

  test("as a dry run tells the schedule and changes nothing", async () => {
    const app = await start();
    const { body } = await deploy(app, { dryRun: true });
    expect(body).toMatchObject({
      reason: "dry_run",
      would: { reason: "promoted" },
      plan: "safe",
      production: false,
      schedule: [
        { stage: 1, traffic: 10, bakeSeconds: 3_600, flags: [{ flag: "traffic" }] },
        { stage: 2, traffic: 100, startsAt: new Date(1_790_000_000_000 + 3_600_000).toISOString() },
      ],
      preflight: { ok: true },
    });
    expect(await stateOf(app)).toMatchObject({ revision: 0, rollout: null });
  });
});
