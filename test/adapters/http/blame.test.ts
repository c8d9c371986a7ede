import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { loadPolicyText } from "../../../src/config/policy-text.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const NOW = 1_790_000_000_000;
const APPLICATION = "/api/v1/applications/shop";

const { policy } = loadPolicyText(
  `application: { name: shop, trafficFlag: checkout }
flags:
  checkout: { enabled: true }
  search: { enabled: false }
  ranking: { enabled: true, parent: search }
  cart: { enabled: false }
alerts:
  - alert: Broken
    expr: errors > 1
    rollback: flag
    suspects: { window: 1h }
`,
  "shop.yaml",
);

let running: TestApp;

beforeEach(async () => {
  running = await startTestApp({ policies: [policy as Policy], now: NOW });
});

afterEach(() => running.stop());

async function raise(...keys: readonly string[]): Promise<void> {
  const flags = keys.map((key) => ({ key, enabled: true, rolloutPercentage: 100 }));
  await request(running.app)
    .post(`${APPLICATION}/restore`)
    .set("Rollguard-Operator", "ada")
    .send({ flags, reason: "release" })
    .expect(200);
}

async function fires(startsAt: number): Promise<Record<string, unknown>> {
  const body = webhookBody([{ ...alertBody("Broken"), startsAt: new Date(startsAt).toISOString() }]);
  const reply = await request(running.app)
    .post("/api/v1/alerts")
    .set("Content-Type", "application/json")
    .send(body)
    .expect(200);
  return reply.body.decisions[0];
}

const get = async (path: string) =>
  (await request(running.app).get(`${APPLICATION}${path}`).expect(200)).body;

describe("an alert that is to be blamed on a flag", () => {
  it("turns off what was raised last, a child before its parent, and tells who is next", async () => {
    await raise("search");
    expect((await get("/explain?alert=Broken")).alerts).toMatchObject([
      {
        reason: "rolled_back",
        detail:
          "a rollback would begin: flag: Broken is firing; blamed on ranking (raised just before it began, by ada); where that does not help: search",
        flags: [{ flag: "ranking" }],
      },
    ]);
    expect(await fires(NOW)).toMatchObject({ reason: "rolled_back" });
    const { flags, rollback } = await get("");
    expect(rollback).toMatchObject({ trigger: "Broken", nextSuspects: ["search"] });
    const on = flags.filter(({ exposure }: { exposure: number }) => exposure > 0);
    expect(on.map(({ key }: { key: string }) => key)).toEqual(["checkout", "search"]);
  });

  it("calls people when nothing was raised before it began", async () => {
    await raise("cart");
    expect(await fires(NOW - 60_000)).toMatchObject({ reason: "held" });
    expect(await fires(NOW - 60_000)).toMatchObject({ reason: "duplicate" });
    const { rollback, alerts, keptBack, revision } = await get("");
    expect(rollback).toBeNull();
    expect(alerts).toEqual([]);
    expect(keptBack).toMatchObject([{ alert: "Broken", why: "unrelated" }]);
    expect((await get(`/events?after=${revision - 1}`)).events).toMatchObject([
      {
        reason: "held",
        detail: expect.stringMatching(/not caused by a change.*cart was raised only after that/),
      },
    ]);
  });
});
