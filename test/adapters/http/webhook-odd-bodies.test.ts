import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const NOW = 1_790_000_000_000;

const shop = policyOf({
  flags: [{ key: "cache", phase: 6 }],
  tiers: { phase: { phases: [6], trafficCap: 30 } },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
});

let running: TestApp;
let now: number;

beforeEach(async () => {
  now = NOW;
  running = await startTestApp({ policies: [shop], clock: { now: () => now } });
});

afterEach(() => running.stop());

function post(body: object | string, path = "/api/v1/alerts"): request.Test {
  return request(running.app).post(path).set("Content-Type", "application/json").send(body);
}

const read = async (path: string) =>
  (await request(running.app).get(`/api/v1/applications/shop${path}`)).body;

describe("a body that is written another way than Alertmanager writes it", () => {
  it.each(["", "yesterday", "2026-12-01 03:00:00 +0000 UTC", 1_790_000_000, {}])(
    "a time that makes none (%j) is told as rejected, and the alert is acted on as beginning now",
    async (startsAt) => {
      const body = webhookBody([alertBody("DiskFull"), alertBody("TestsFail", { startsAt })]);
      const { decisions, rejected } = (await post(body).expect(200)).body;
      expect(decisions).toMatchObject([{ reason: "no_trigger" }, { reason: "rolled_back" }]);
      expect(rejected).toEqual([
        { index: 1, reason: "invalid_alert", detail: expect.stringMatching(/^startsAt: .*beginning now$/) },
      ]);
      const { alerts } = await read("");
      expect(alerts).toMatchObject([{ startsAt: new Date(NOW).toISOString() }]);
    },
  );

  it("without a time that makes sense is one alert until it ends, however often it is repeated", async () => {
    const send = async (status: string) => {
      const odd = webhookBody([alertBody("TestsFail", { startsAt: "", status })]);
      return (await post(odd).expect(200)).body.decisions[0].reason;
    };
    const operator = (method: "post" | "put", path: string, more: object) =>
      request(running.app)
        [method](`/api/v1/applications/shop${path}`)
        .send({ reason: "mended", ...more })
        .expect(200);
    expect([await send("firing"), await send("firing")]).toEqual(["rolled_back", "duplicate"]);
    const { rollback } = await read("");
    await operator("post", `/rollbacks/${rollback.id}/acknowledge`, { force: true });
    await operator("put", "/flags/cache", { enabled: true, acknowledge: true });
    now += 300_000;
    expect(await send("firing")).toBe("duplicate");
    expect(await read("/flags/cache")).toMatchObject({ enabled: true });
    now += 300_000;
    expect(await send("resolved")).toBe("resolved");
    now += 900_000;
    expect(await send("firing")).toBe("rolled_back");
  });

  it.each([
    ["a version that is a number", webhookBody([alertBody("TestsFail")], { version: 4 })],
    ["a status in capitals", webhookBody([alertBody("TestsFail", { status: " FIRING" })])],
    ["a fingerprint of digits only", webhookBody([alertBody("TestsFail", { fingerprint: 1_234_567_890 })])],
    [
      "labels that YAML takes for something else",
      webhookBody([
        {
          ...alertBody("TestsFail"),
          labels: { alertname: "TestsFail", application: "shop", port: 80, up: true, zone: null },
        },
      ]),
    ],
    ["a byte-order mark before it", `\uFEFF${JSON.stringify(webhookBody([alertBody("TestsFail")]))}`],
  ])("%s: is read", async (_name, body) => {
    const { decisions, rejected } = (await post(body).expect(200)).body;
    expect(decisions).toMatchObject([{ alert: "TestsFail", application: "shop", reason: "rolled_back" }]);
    expect(decisions[0].fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(rejected).toEqual([]);
  });

  it("labels that were numbers are kept as texts, and what was null is none", async () => {
    const labels = { alertname: "TestsFail", application: "shop", port: 80, up: true, zone: null };
    await post(webhookBody([{ ...alertBody("x"), labels }])).expect(200);
    const { events } = await read("/events");
    expect(events[0].alert.labels).toEqual({
      alertname: "TestsFail",
      application: "shop",
      port: "80",
      up: "true",
    });
  });

  it("a command with a byte-order mark is read too", async () => {
    const body = `\uFEFF${JSON.stringify({ enabled: false, reason: "by hand" })}`;
    await request(running.app)
      .put("/api/v1/applications/shop/flags/cache")
      .set("Content-Type", "application/json")
      .send(body)
      .expect(200);
    expect(await read("/flags/cache")).toMatchObject({ enabled: false });
  });
});

describe("an address that Alertmanager has made of a template", () => {
  const silent = webhookBody([alertBody("TestsFail", { labels: { application: "" } })]);

  it.each([
    ["/api/v1/applications//alerts", "whose label is missing"],
    ["//api/v1/alerts", "whose base ends with a slash"],
    ["//api/v1/applications//alerts", "with both"],
    ["/api/v1/applications/%20/alerts", "whose label is blank"],
    [`/api/v1/applications/${encodeURIComponent("{{ .CommonLabels.application }}")}/alerts`, "before 0.31"],
    ["/api/v1/applications/shop/alerts/", "with a slash at its end"],
  ])("%s, %s, is read", async (path) => {
    const { decisions } = (await post(silent, path).expect(200)).body;
    expect(decisions).toMatchObject([{ application: "shop", reason: "rolled_back" }]);
  });

  it.each(["a/b", "pub", "%2e%2e", "shop/flags/cache"])(
    "/api/v1/applications/%s/alerts: the label decides",
    async (name) => {
      const { decisions } = (
        await post(webhookBody([alertBody("TestsFail")]), `/api/v1/applications/${name}/alerts`).expect(200)
      ).body;
      expect(decisions).toMatchObject([{ application: "shop", reason: "rolled_back" }]);
      const metrics = (await request(running.app).get("/metrics")).text;
      expect(metrics).toContain("rollguard_alerts_misaddressed_total 1\n");
      expect(metrics).toContain('rollguard_decisions_total{reason="misaddressed",tier=""} 1\n');
    },
  );

  it("is a webhook's by POST and PUT only, and of the Watchdog too", async () => {
    await request(running.app).get("/api/v1/applications//alerts").expect(405);
    expect(
      (await post(webhookBody([alertBody("Watchdog")]), "//api/v1/watchdog").expect(200)).body.heard,
    ).toEqual(["shop"]);
  });
});

describe("a body that Alertmanager has cut off", () => {
  it("is counted, told once, and asked about", async () => {
    let asked = 0;
    const app = await startTestApp({
      policies: [shop],
      askForRest: () => {
        asked += 1;
      },
    });
    const body = webhookBody([alertBody("TestsFail")], { truncatedAlerts: 7 });
    const send = () => request(app.app).post("/api/v1/alerts").send(body).expect(200);
    const { decisions } = (await send()).body;
    await send();
    const metrics = (await request(app.app).get("/metrics")).text;
    const { events } = (await request(app.app).get("/api/v1/applications/shop/events")).body;
    await app.stop();
    expect(decisions).toMatchObject([{ reason: "rolled_back", revision: 1 }]);
    expect(metrics).toContain("rollguard_alerts_truncated_total 14\n");
    expect(events).toMatchObject([{ reason: "rolled_back" }, { reason: "truncated", actor: "alertmanager" }]);
    expect(asked).toBe(2);
  });

  it.each([0, null, "7", -1, {}])("is whole where it says %j", async (truncatedAlerts) => {
    await post(webhookBody([alertBody("TestsFail")], { truncatedAlerts })).expect(200);
    expect((await request(running.app).get("/metrics")).text).toContain(
      "rollguard_alerts_truncated_total 0\n",
    );
  });

  it.each(["1e999", "1e308"])("loses no alert where it says %s, and the counter stays one", async (count) => {
    const body = JSON.stringify(webhookBody([alertBody("TestsFail")], { truncatedAlerts: 7 }));
    for (const expected of ["rolled_back", "duplicate"]) {
      const { decisions } = (await post(body.replace(":7", `:${count}`)).expect(200)).body;
      expect(decisions).toMatchObject([{ reason: expected }]);
    }
    expect((await request(running.app).get("/metrics")).text).toContain(
      "rollguard_alerts_truncated_total 2000000\n",
    );
  });

  it("fills no log with the name of its receiver", async () => {
    const more = { truncatedAlerts: 2, receiver: "r".repeat(100_000) };
    await post(webhookBody([], { ...more, commonLabels: { application: "unknown" } })).expect(200);
    const [line] = running.log.filter(({ level }) => level === "warn");
    expect(JSON.stringify(line).length).toBeLessThan(1_000);
  });

  it("is told of though addresses that are wrong have been told of all day", async () => {
    for (let wrong = 0; wrong < 25; wrong += 1)
      await post(webhookBody([alertBody("TestsFail")]), `/api/v1/applications/pod-${wrong}/alerts`);
    await post(webhookBody([alertBody("TestsFail")], { truncatedAlerts: 7 })).expect(200);
    expect((await read("/events?limit=100")).events.at(-1)).toMatchObject({ reason: "truncated" });
  });

  it("is one whose application the body's own labels tell where no alert is left", async () => {
    const more = { truncatedAlerts: 2, commonLabels: { application: "shop" }, receiver: "" };
    await post(webhookBody([], more)).expect(200);
    expect((await read("/events")).events[0].detail).toBe(
      "Alertmanager cut 2 alerts off a webhook (max_alerts): they are lost, since it cannot be asked for them (ROLLGUARD_ALERTMANAGER_URL)",
    );
  });
});

describe("the address of the Watchdog", () => {
  it("takes nothing else: another alert there is no sign that alerts get through", async () => {
    const body = webhookBody([alertBody("TestsFail"), 7, alertBody("Watchdog"), alertBody("watchdog")]);
    const reply = (await post(body, "/api/v1/watchdog").expect(200)).body;
    const detail = "labels.alertname: TestsFail is not the Watchdog; other alerts belong at /api/v1/alerts";
    expect(reply).toMatchObject({
      heard: ["shop"],
      rejected: [{ index: 0, detail }, { index: 1 }, { index: 3 }],
    });
    const metrics = (await request(running.app).get("/metrics")).text;
    expect(metrics).toContain('rollguard_alerts_received_total{status="invalid"} 3\n');
    expect(await read("")).toMatchObject({ revision: 0, rollback: null });
    const misrouted = await post(webhookBody([alertBody("TestsFail")]), "/api/v1/watchdog").expect(200);
    expect(misrouted.body).toMatchObject({ heard: [], rejected: [{ index: 0, reason: "invalid_alert" }] });
  });
});
