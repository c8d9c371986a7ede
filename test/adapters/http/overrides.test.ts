import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { OFF } from "../../support/policies-rollout.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  flags: [
    { key: "cache", phase: 6, override: true },
    { key: "warm", parent: "cache", override: false },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
  tiers: { phase: { phases: [6], trafficCap: 30 } },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
});

const WARNING = "the environment override keeps cache on for everybody: unset CACHE and restart Rollguard";

let running: TestApp;

beforeEach(async () => {
  running = await startTestApp({ policies: [shop] });
});

afterEach(() => running.stop());

const at = (path: string): string => `/api/v1/applications/shop${path}`;
const get = async (path: string): Promise<request.Response> =>
  await request(running.app).get(path).expect(200);
const post = async (path: string, body: object): Promise<request.Response> =>
  await request(running.app)
    .post(at(path))
    .send({ reason: "drill", ...body })
    .expect(200);

async function lastEvent(): Promise<{ detail: string }> {
  return (await get(at("/events"))).body.events.at(-1);
}

describe("overrides in the API", () => {
  it("are in every listing of flags, and nowhere where there is none", async () => {
    const { flags } = (await get(at("/flags"))).body;
    expect(flags).toMatchObject([
      { key: "traffic", exposure: 100 },
      { key: "cache", enabled: true, exposure: 100, override: true },
      { key: "warm", enabled: true, exposure: 0, override: false },
      { key: "shutdown" },
    ]);
    expect(flags[0]).not.toHaveProperty("override");
    expect((await get(at("/flags/warm"))).body).toEqual(flags[2]);
    expect((await get(at(""))).body.flags).toEqual(flags);
  });

  it("are metrics of their own", async () => {
    const { text } = await get("/metrics");
    expect(text.split("\n").filter((line) => line.startsWith("rollguard_flag_override{"))).toEqual([
      'rollguard_flag_override{application="shop",flag_name="cache"} 1',
      'rollguard_flag_override{application="shop",flag_name="warm"} 0',
    ]);
  });

  it("that mask a rollback are in the webhook's reply, the ledger, and the log as a warning", async () => {
    const { body } = await request(running.app)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody("TestsFail")]))
      .expect(200);
    expect(body.decisions).toMatchObject([{ reason: "rolled_back", warning: WARNING }]);
    expect(await lastEvent()).toMatchObject({ detail: `TestsFail is firing; but ${WARNING}` });
    expect(running.log).toContainEqual({
      level: "warn",
      message: "alert decided",
      fields: expect.objectContaining({ reason: "rolled_back", warning: WARNING }),
    });
    const { flags } = (await get(at("/flags"))).body;
    expect(flags[1]).toMatchObject({ enabled: false, exposure: 100, override: true, quarantined: true });
  });

  it("that mask a rollback by hand are in its reply and its dry run, with the flags", async () => {
    const tried = await post("/rollbacks", { tier: "phase", dryRun: true });
    expect(tried.body.would).toMatchObject({ reason: "rolled_back", warning: WARNING });
    expect(tried.body.flags).toMatchObject([{ flag: "traffic" }, { flag: "cache", override: true }]);
    expect(tried.body.flags[0]).not.toHaveProperty("override");
    const done = await post("/rollbacks", { tier: "phase" });
    expect(done.body).toMatchObject({ detail: "by operator: drill", warning: WARNING });
    expect(done.body.flags).toEqual(tried.body.flags);
    expect(running.log).toContainEqual({
      level: "warn",
      message: "command decided",
      fields: expect.objectContaining({ command: "rollback", warning: WARNING }),
    });
  });

  it("that mask what an alert would do are explained", async () => {
    const { alerts } = (await get(`${at("/explain")}?alert=TestsFail`)).body;
    expect(alerts[0].detail).toMatch(WARNING);
    expect(alerts[0].flags).toContainEqual(expect.objectContaining({ flag: "cache", override: true }));
  });

  it("that mask the kill switch are in its reply", async () => {
    const { body } = await post("/shutdown", { on: true, confirm: "yes" });
    expect(body).toMatchObject({ reason: "flag_changed", warning: WARNING });
    expect((await post("/shutdown", { on: false, confirm: "yes" })).body).not.toHaveProperty("warning");
  });
});
