import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { verifyRollback } from "../../support/verify-rollback.ts";
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

const bank = policyOf({
  application: "bank",
  flags: [{ key: "loans", phase: 6 }],
  tiers: { phase: { phases: [6] } },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
});

let running: TestApp;

beforeEach(async () => {
  running = await startTestApp({ policies: [shop, bank] });
});

afterEach(() => running.stop());

function post(body: object | string, path = "/api/v1/alerts"): request.Test {
  return request(running.app).post(path).set("Content-Type", "application/json").send(body);
}

async function flag(application: string, key: string): Promise<Record<string, unknown>> {
  return (await request(running.app).get(`/api/v1/applications/${application}/flags/${key}`)).body;
}

describe("a webhook of firing alerts", () => {
  it("is answered when the flags are off, with a decision for each alert in its place", async () => {
    const reply = await post(
      webhookBody([alertBody("DiskFull"), alertBody("TestsFail"), alertBody("TestsFail")]),
    ).expect(200);
    const [first, second, third] = reply.body.decisions;
    expect(first).toEqual({
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      alert: "DiskFull",
      application: "shop",
      reason: "no_trigger",
    });
    expect(second).toMatchObject({ alert: "TestsFail", reason: "rolled_back", revision: 1 });
    expect(third).toEqual({ ...second, reason: "duplicate", revision: undefined });
    expect(reply.body.rejected).toEqual([]);
    expect(await flag("shop", "cache")).toMatchObject({ enabled: false, exposure: 0, quarantined: true });
  });

  it("finds the application by label, then by job, and not by the receiver or anything else", async () => {
    const alerts = [
      alertBody("TestsFail", { labels: { application: "bank", job: "shop-web" } }),
      alertBody("TestsFail", { labels: { application: "", job: "shop-web" } }),
      alertBody("TestsFail", { labels: { application: "", job: "unheard" } }),
      alertBody("TestsFail", { labels: { application: "" } }),
      alertBody("TestsFail", { labels: { application: "pub" } }),
    ];
    const { decisions } = (await post(webhookBody(alerts)).expect(200)).body;
    expect(
      decisions.map((decision: { application: unknown; reason: unknown }) => [
        decision.application,
        decision.reason,
      ]),
    ).toEqual([
      ["bank", "rolled_back"],
      ["shop", "rolled_back"],
      [null, "unknown_application"],
      [null, "unknown_application"],
      ["pub", "unknown_application"],
    ]);
  });

  it("is about the only application when it does not say", async () => {
    const alone = await startTestApp({ policies: [shop] });
    const body = webhookBody([alertBody("TestsFail", { labels: { application: "" } })]);
    const reply = await request(alone.app).post("/api/v1/alerts").send(body);
    await alone.stop();
    expect(reply.body.decisions).toMatchObject([{ application: "shop", reason: "rolled_back" }]);
  });

  it("is about the application that the address names", async () => {
    const body = webhookBody([alertBody("TestsFail")]);
    const named = await post(body, "/api/v1/applications/bank/alerts").expect(200);
    expect(named.body.decisions).toMatchObject([{ application: "bank", reason: "rolled_back" }]);
    const unknown = await post(body, "/api/v1/applications/pub/alerts").expect(200);
    expect(unknown.body.decisions).toMatchObject([{ application: "shop", reason: "rolled_back" }]);
  });

  it("acts once on the same body, however often it comes", async () => {
    const body = webhookBody([alertBody("ErrorRateSpike")]);
    const replies = await Promise.all(Array.from({ length: 50 }, () => post(body)));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    const reasons = replies.map((reply) => reply.body.decisions[0].reason);
    expect(reasons.filter((reason) => reason === "rolled_back")).toHaveLength(1);
    expect(reasons.filter((reason) => reason === "duplicate")).toHaveLength(49);
    const { events } = (await request(running.app).get("/api/v1/applications/shop/events")).body;
    expect(events).toMatchObject([{ revision: 1, reason: "rolled_back" }]);
  });

  it("from Grafana, version 1, with values of its own and by PUT, is taken", async () => {
    const body = webhookBody(
      [alertBody("ErrorRateSpike", { values: { B: 1.2, C: null }, silenceURL: "x" })],
      {
        version: "1",
        orgId: 1,
        title: "[FIRING:1]",
        state: "alerting",
        message: null,
      },
    );
    const reply = await request(running.app).put("/api/v1/alerts").send(body).expect(200);
    expect(reply.body.decisions).toMatchObject([{ reason: "rolled_back" }]);
  });
});

describe("resolved alerts", () => {
  it("roll nothing back, and a firing member of a body that calls itself resolved does", async () => {
    const resolved = alertBody("ErrorRateSpike", { status: "resolved", endsAt: "2026-11-20T03:05:00Z" });
    const first = await post(webhookBody([resolved], { status: "firing" })).expect(200);
    expect(first.body.decisions).toMatchObject([{ reason: "resolved" }]);
    const second = await post(webhookBody([resolved, alertBody("TestsFail")], { status: "resolved" })).expect(
      200,
    );
    expect(second.body.decisions).toMatchObject([{ reason: "resolved" }, { reason: "rolled_back" }]);
  });

  it("end the rollback once it is known to have helped, and turn nothing on", async () => {
    const read = async () => (await request(running.app).get("/api/v1/applications/shop")).body;
    await post(webhookBody([alertBody("TestsFail")]));
    await post(webhookBody([alertBody("TestsFail", { status: "resolved" })])).expect(200);
    expect(await read()).toMatchObject({ rollback: { status: "verifying", open: true }, alerts: [] });
    await verifyRollback(running.store, shop);
    const { rollback, alerts, quarantine } = await read();
    expect({ rollback, alerts }).toEqual({ rollback: null, alerts: [] });
    expect(quarantine.map(({ flag: key }: { flag: string }) => key)).toEqual(["traffic", "cache"]);
    expect(await flag("shop", "cache")).toMatchObject({ enabled: false });
  });
});

describe("bad bodies", () => {
  it.each([
    ["an array", "[]", "prometheus_posted_here", /point it at Alertmanager/],
    ["truncated JSON", '{"version":"4","alerts":[{', "invalid_json", /no JSON/],
    ["nothing", "", "invalid_json", /no JSON/],
    ["no alerts", '{"version":"4","alerts":null}', "invalid_body", /^alerts: .*array/],
    ["alerts that are no list", '{"version":"4","alerts":{}}', "invalid_body", /^alerts: .*array/],
    ["a text", '"alerts"', "invalid_body", /object/],
  ])("%s: 400 and what is wrong", async (_name, body, code, detail) => {
    const reply = await post(body).expect(400);
    expect(reply.type).toBe("application/problem+json");
    expect(reply.body).toMatchObject({ status: 400, code, detail: expect.stringMatching(detail) });
  });

  it("a bad member is told apart from the good ones, which are acted on", async () => {
    const bad = [
      null,
      7,
      { status: "firing" },
      alertBody("TestsFail", { status: "maybe" }),
      { ...alertBody("x"), labels: { alertname: "x", instance: {} } },
      { ...alertBody("x"), labels: { alertname: 7 } },
      { ...alertBody("x"), labels: { severity: "critical" } },
      { ...alertBody("x"), labels: ["alertname"] },
    ];
    const { decisions, rejected } = (await post(webhookBody([...bad, alertBody("TestsFail")])).expect(200))
      .body;
    expect(decisions).toMatchObject([{ reason: "rolled_back" }]);
    expect(rejected.map((one: { index: number }) => one.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rejected[3]).toEqual({
      index: 3,
      reason: "invalid_alert",
      detail: expect.stringMatching(/^status: /),
    });
    expect(rejected[6].detail).toBe("labels.alertname: missing");
    const metrics = (await request(running.app).get("/metrics")).text;
    expect(metrics).toContain('rollguard_decisions_total{reason="invalid_alert",tier=""} 8');
    expect(metrics).toContain('rollguard_alerts_received_total{status="invalid"} 8');
  });

  it("too large: 413, whether it says so at once or not", async () => {
    const small = await startTestApp({ policies: [shop], maxBody: 1_000 });
    const send = (size: number): request.Test =>
      request(small.app)
        .post("/api/v1/alerts")
        .set("Content-Type", "application/json")
        .send("x".repeat(size));
    const replies = [await send(1_001), await send(5_000)];
    await small.stop();
    for (const reply of replies) {
      expect(reply.status).toBe(413);
      expect(reply.body).toMatchObject({
        code: "payload_too_large",
        detail: expect.stringContaining("ROLLGUARD_MAX_BODY"),
      });
    }
  });

  it("compressed: 415, since reading it as it is would be wrong", async () => {
    const reply = await post(webhookBody([])).set("Content-Encoding", "gzip").expect(415);
    expect(reply.body.code).toBe("unsupported_encoding");
  });

  it("by GET: 405 and what is allowed", async () => {
    const reply = await request(running.app).get("/api/v1/alerts").expect(405);
    expect(reply.headers.allow).toBe("POST, PUT");
  });
});

describe("outside text", () => {
  it("named like parts of objects pollutes nothing", async () => {
    const body =
      '{"version":"4","__proto__":{"polluted":1},"alerts":[{"status":"firing","__proto__":{"polluted":1},' +
      '"fingerprint":"__proto__","labels":{"alertname":"TestsFail","application":"shop","__proto__":"x",' +
      '"constructor":"y","foo.bar é":"z","hasOwnProperty":"h"}}]}';
    const { decisions } = (await post(body).expect(200)).body;
    expect(decisions).toMatchObject([{ fingerprint: "__proto__", reason: "rolled_back" }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const text = (await request(running.app).get("/api/v1/applications/shop/events")).text;
    expect(text).toContain('"__proto__":"x"');
    expect(text).toContain('"foo.bar é":"z"');
    const { alerts } = (await request(running.app).get("/api/v1/applications/shop")).body;
    expect(alerts).toMatchObject([{ fingerprint: "__proto__", alert: "TestsFail" }]);
    const named = await post(webhookBody([alertBody("constructor"), alertBody("__proto__")])).expect(200);
    expect(named.body.decisions).toMatchObject([{ reason: "no_trigger" }, { reason: "no_trigger" }]);
  });

  it("is capped where it is kept, and injects nothing where it is written", async () => {
    const labels = { long: "v".repeat(100_000), crlf: "a\r\nSet-Cookie: x=1", [`${"n".repeat(300)}`]: "1" };
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`label${index}`, "x"]));
    await post(webhookBody([alertBody("TestsFail", { labels: { ...labels, ...many } })])).expect(200);
    const reply = await request(running.app).get("/api/v1/applications/shop/events");
    const kept: Record<string, string> = reply.body.events[0].alert.labels;
    expect(Object.keys(kept)).toHaveLength(64);
    expect(Object.entries(kept).every(([name, value]) => name.length <= 256 && value.length <= 1_024)).toBe(
      true,
    );
    expect(reply.headers["set-cookie"]).toBeUndefined();
  });

  it("as a fingerprint is computed anew when it is missing, too long, or cannot be kept", async () => {
    const own = (await post(webhookBody([alertBody("TestsFail")]))).body.decisions[0].fingerprint;
    const odd = ["", null, "x".repeat(129), "\ud800"].map((fingerprint) =>
      alertBody("TestsFail", { fingerprint }),
    );
    const { decisions } = (await post(webhookBody(odd)).expect(200)).body;
    for (const decision of decisions)
      expect(decision).toMatchObject({ fingerprint: own, reason: "duplicate" });
  });

  it("as a request id is taken only when it is harmless", async () => {
    const harmless = await post(webhookBody([])).set("X-Request-Id", "am-1:7.x");
    expect(harmless.headers["x-request-id"]).toBe("am-1:7.x");
    const other = await post(webhookBody([])).set("X-Request-Id", 'x" onload="');
    expect(other.headers["x-request-id"]).toMatch(/^[0-9a-f]{8}-\d+$/);
  });
});

describe("a large body", () => {
  it("of 20,000 alerts is handled, and the one trigger among them acted on", async () => {
    const alerts = Array.from({ length: 20_000 }, (_, index) =>
      alertBody("Ordinary", { labels: { instance: `host-${index}`, filler: "x".repeat(150) } }),
    );
    alerts[13_131] = alertBody("ErrorRateSpike");
    const body = JSON.stringify(webhookBody(alerts));
    expect(body.length).toBeGreaterThan(8_000_000);
    const { decisions } = (await post(body).expect(200)).body;
    expect(decisions).toHaveLength(20_000);
    expect(decisions[13_131]).toMatchObject({ alert: "ErrorRateSpike", reason: "rolled_back", revision: 1 });
    expect(decisions.filter(({ reason }: { reason: string }) => reason === "no_trigger")).toHaveLength(
      19_999,
    );
  });
});
