import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import type { StateStore } from "../../../src/app/ports.ts";
import { RollguardError } from "../../../src/domain/errors.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  flags: [
    { key: "cache", phase: 6 },
    { key: "warm", parent: "cache" },
  ],
  tiers: { phase: { phases: [6], trafficCap: 30 } },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
});

let running: TestApp;

beforeEach(async () => {
  running = await startTestApp({ policies: [shop] });
});

afterEach(() => running.stop());

const get = (path: string): request.Test => request(running.app).get(path);

const fire = (app: TestApp = running): request.Test =>
  request(app.app)
    .post("/api/v1/alerts")
    .send(webhookBody([alertBody("TestsFail", { fingerprint: "f1" })]));

describe("reading", () => {
  it("an application before and after a rollback", async () => {
    const before = await get("/api/v1/applications/shop").expect(200);
    expect(before.headers.etag).toBe('"0"');
    expect(before.body).toMatchObject({
      application: "shop",
      revision: 0,
      traffic: 100,
      rollout: null,
      rollback: null,
      alerts: [],
      blind: false,
      quarantine: [],
    });
    const { rollback } = (await fire()).body.decisions[0];
    const after = await get("/api/v1/applications/shop").expect(200);
    expect(after.headers.etag).toBe('"1"');
    expect(after.body).toMatchObject({
      revision: 1,
      traffic: 30,
      rollback: { id: rollback, tier: "phase", trigger: "TestsFail", startedAt: "2026-09-21T14:13:20.000Z" },
      alerts: [
        { fingerprint: "f1", alert: "TestsFail", tier: "phase", startsAt: "2026-11-20T03:00:00.123Z" },
      ],
      quarantine: [
        { flag: "traffic", rollback },
        { flag: "cache", rollback },
      ],
    });
    const list = await get("/api/v1/applications").expect(200);
    expect(list.body).toEqual({
      applications: [
        {
          application: "shop",
          revision: 1,
          traffic: 30,
          rollout: null,
          rollback: after.body.rollback,
          blind: false,
        },
      ],
    });
  });

  it("flags, each with its exposure and who changed it", async () => {
    await fire();
    const { flags } = (await get("/api/v1/applications/shop/flags").expect(200)).body;
    expect(flags.map(({ key }: { key: string }) => key)).toEqual(["traffic", "cache", "warm"]);
    expect((await get("/api/v1/applications/shop/flags/cache").expect(200)).body).toEqual({
      key: "cache",
      enabled: false,
      rolloutPercentage: 0,
      exposure: 0,
      phase: 6,
      quarantined: true,
      updatedAt: "2026-09-21T14:13:20.000Z",
      updatedBy: "alertmanager",
    });
    expect((await get("/api/v1/applications/shop/flags/warm")).body).toMatchObject({
      enabled: true,
      exposure: 0,
      quarantined: false,
      updatedAt: null,
      updatedBy: "policy",
    });
  });

  it("events, a page at a time", async () => {
    await fire();
    await request(running.app)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody("TestsFail", { fingerprint: "f1", status: "resolved" })]));
    const page = async (query: string): Promise<number[]> => {
      const { events } = (await get(`/api/v1/applications/shop/events${query}`).expect(200)).body;
      return events.map(({ revision }: { revision: number }) => revision);
    };
    expect(await page("")).toEqual([1, 2]);
    expect(await page("?limit=1")).toEqual([1]);
    expect(await page("?after=1")).toEqual([2]);
    expect(await page("?after=2&limit=10")).toEqual([]);
  });

  it.each(["?after=x", "?after=-1", "?limit=0", "?limit=1001", "?limit=1e9", "?after=1&after=2"])(
    "events%s: 400 and what is expected",
    async (query) => {
      const reply = await get(`/api/v1/applications/shop/events${query}`).expect(400);
      expect(reply.body).toMatchObject({
        code: "bad_request",
        detail: expect.stringContaining("whole number"),
      });
    },
  );

  it.each([
    ["/api/v1/applications/pub", "unknown_application"],
    ["/api/v1/applications/pub/flags", "unknown_application"],
    ["/api/v1/applications/pub/events", "unknown_application"],
    ["/api/v1/applications/shop/flags/nothing", "unknown_flag"],
    ["/api/v1/applications/__proto__", "unknown_application"],
    ["/nowhere", "not_found"],
    ["/api/v1/applications/%", "not_found"],
  ])("%s: 404 %s", async (path, code) => {
    const reply = await get(path).expect(404);
    expect(reply.type).toBe("application/problem+json");
    expect(reply.body.code).toBe(code);
  });

  it("refuses to write where only reading is served", async () => {
    const reply = await request(running.app).delete("/api/v1/applications/shop").expect(405);
    expect(reply.headers.allow).toBe("GET");
  });
});

describe("operations", () => {
  it("healthy and ready", async () => {
    expect((await get("/-/healthy").expect(200)).body).toEqual({ status: "healthy" });
    expect((await get("/-/ready").expect(200)).body).toEqual({ status: "ready", store: "embedded" });
  });

  it("metrics show the state as it is at the scrape", async () => {
    await fire();
    const { text } = await get("/metrics").expect(200);
    for (const line of [
      'rollguard_flag_enabled{application="shop",flag_name="cache"} 0',
      'rollguard_flag_enabled{application="shop",flag_name="warm"} 1',
      'rollguard_flag_rollout_percentage{application="shop",flag_name="traffic"} 30',
      'rollguard_traffic_percentage{application="shop"} 30',
      'rollguard_revision{application="shop"} 1',
      'rollguard_ledger_events{application="shop"} 1',
      'rollguard_ledger_trimmed_total{application="shop"} 0',
      "rollguard_store_up 1",
      'rollguard_alerts_received_total{status="firing"} 1',
      'rollguard_decisions_total{reason="rolled_back",tier="phase"} 1',
      'rollguard_webhook_duration_seconds_count{code="200"} 1',
      "rollguard_store_transaction_seconds_count 1",
      "rollguard_store_lock_wait_seconds_count 1",
      "rollguard_store_conflicts_total 0",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/rollguard_build_info\{version="0.0.0-test",node="v\d+[^"]*",store="embedded"\} 1/);
    expect(text).toContain("process_cpu_seconds_total");
  });

  it("the watchdog is heard for the applications that it names, while it fires", async () => {
    const hear = (alerts: unknown[]): request.Test =>
      request(running.app).post("/api/v1/watchdog").send(webhookBody(alerts));
    const named = (application: string, more: object = {}): object =>
      alertBody("Watchdog", { labels: { application }, ...more });
    const silent = await hear([named("pub"), named("shop", { status: "resolved" })]).expect(200);
    expect(silent.body).toEqual({ heard: [], rejected: [] });
    expect((await get("/metrics")).text).not.toContain("rollguard_watchdog_last_seen_timestamp_seconds{");
    const heard = await hear([named("shop"), named("shop"), 7]).expect(200);
    expect(heard.body).toMatchObject({ heard: ["shop"], rejected: [{ index: 2 }] });
    const { text } = await get("/metrics");
    expect(text).toContain('rollguard_watchdog_last_seen_timestamp_seconds{application="shop"} 1790000000\n');
  });

  it("reload answers with every problem, or that it is done", async () => {
    const problems = ["rules/shop.yaml:3:5: unknown key"];
    const broken = await startTestApp({ policies: [shop], reload: () => problems });
    const refused = await request(broken.app).post("/-/reload");
    await broken.stop();
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({
      code: "invalid_policy",
      detail: expect.stringContaining(problems[0] ?? "-"),
    });
    await request(running.app).post("/-/reload").expect(200);
  });
});

/** A store that is not there: what every caller sees while Redis is away. */
function awayStore(code: "store_unavailable" | "lock_timeout"): StateStore {
  const fail = (): Promise<never> => Promise.reject(new RollguardError(code, "Redis does not answer"));
  return {
    kind: "redis",
    read: fail,
    transact: fail,
    events: fail,
    ledger: fail,
    trim: fail,
    outbox: {
      claim: fail,
      done: fail,
      failed: fail,
      bury: fail,
      list: fail,
      retry: fail,
      drop: fail,
      depth: fail,
    },
    clock: { now: () => Date.now() },
    skew: () => null,
    changes: fail,
    ping: fail,
    close: () => Promise.resolve(),
  };
}

describe("while the store is away", () => {
  it.each(["store_unavailable", "lock_timeout"] as const)(
    "a trigger gets 503 and Retry-After (%s)",
    async (code) => {
      const away = await startTestApp({ policies: [shop], store: awayStore(code) });
      const reply = await fire(away);
      const ordinary = await request(away.app)
        .post("/api/v1/alerts")
        .send(webhookBody([alertBody("DiskFull")]));
      const ready = await request(away.app).get("/-/ready");
      const metrics = await request(away.app).get("/metrics");
      await away.stop();
      expect(reply.status).toBe(503);
      expect(reply.headers["retry-after"]).toMatch(/^\d+$/);
      expect(reply.body).toMatchObject({ code, detail: "Redis does not answer" });
      expect(ordinary.status).toBe(200);
      expect(ready.status).toBe(503);
      expect(metrics.status).toBe(200);
      expect(metrics.text).toContain("rollguard_store_up 0");
      expect(metrics.text).not.toContain("rollguard_traffic_percentage{");
      expect(away.log).toContainEqual(expect.objectContaining({ level: "warn" }));
    },
  );
});
