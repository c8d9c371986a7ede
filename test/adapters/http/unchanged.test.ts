import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  application: "shop",
  job: "shop-web",
  flags: [{ key: "cache", phase: 6 }],
  tiers: { phase: { phases: [6], trafficCap: 30 }, "safe-state": { trafficCap: 0 } },
  triggers: [
    { alert: "TestsFail", tier: "phase" },
    { alert: "ErrorRateSpike", tier: "safe-state" },
  ],
});

let running: TestApp;

beforeEach(async () => {
  running = await startTestApp({ policies: [shop] });
});

afterEach(() => running.stop());

function post(body: object | string, path = "/api/v1/alerts"): request.Test {
  return request(running.app).post(path).set("Content-Type", "application/json").send(body);
}

describe("a webhook that changes nothing", () => {
  it("is kept in the ledger though it changed nothing, with the next event", async () => {
    const events = async () => (await request(running.app).get("/api/v1/applications/shop/events")).body;
    await post(webhookBody([alertBody("TestsFail"), alertBody("TestsFail"), alertBody("DiskFull")]));
    await post(webhookBody([alertBody("TestsFail")]));
    await running.tally.flush();
    const { rollback } = (await events()).events[0];
    const kept = [
      { alert: "TestsFail", reason: "duplicate", tier: "phase", rollback, times: 2 },
      { alert: "DiskFull", reason: "no_trigger", tier: null, rollback: null, times: 1 },
    ];
    expect(await events()).toMatchObject({ revision: 1, events: [{ unchanged: [] }], unchanged: kept });
    await post(webhookBody([alertBody("ErrorRateSpike")]));
    const after = await events();
    expect(after).toMatchObject({ events: [{}, { reason: "escalated", unchanged: kept }], unchanged: [] });
    expect(after.events[1].unchanged[0].lastAt).toMatch(/^2026-/);
  });
});
