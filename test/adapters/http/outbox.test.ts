import { afterEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { digestOf } from "../../../src/adapters/http/access.ts";
import type { Message } from "../../../src/domain/message.ts";
import { event, message } from "../../contract/works.ts";
import type { TestApp } from "../../support/http-app.ts";
import { APP, get, NOW, post, start, stop } from "./rollback-shop.ts";

afterEach(stop);

const AT = "2026-09-21T14:13:20.000Z";
const LONG = { lease: 60_000, limit: 10 };

const ID = "1-0";

/** People must learn of these; nobody delivers them. */
async function tell({ store }: TestApp, ...messages: readonly Message[]): Promise<void> {
  await store.transact("shop", () => ({ changes: [], events: [event("a")], messages }));
}

async function startTelling(): Promise<TestApp> {
  const app = await start();
  await tell(app, message("rb-1-x", NOW));
  return app;
}

async function bury({ store }: TestApp, why: string): Promise<void> {
  const [claim] = await store.outbox.claim("shop", LONG);
  if (claim === undefined) throw new Error("there is nothing to bury");
  await store.outbox.bury("shop", claim, why);
}

describe("an outbox", () => {
  test("shows what waits, and how it stands", async () => {
    const app = await startTelling();
    const entry = { id: ID, channel: null, subject: "rb-1-x", kind: "rolled_back", at: AT };
    const waiting = await get(app, "outbox").expect(200);
    expect(waiting.body).toEqual({
      application: "shop",
      waiting: 1,
      dead: 0,
      oldestAt: AT,
      entries: [{ ...entry, state: "waiting", attempt: 0, why: null, until: null }],
    });
    const [claim] = await app.store.outbox.claim("shop", LONG);
    const { body: leased } = await get(app, "outbox");
    expect(leased.entries).toEqual([
      { ...entry, state: "leased", attempt: 1, why: null, until: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
    if (claim !== undefined) await app.store.outbox.bury("shop", claim, "no such channel");
    const { body: dead } = await get(app, "outbox");
    expect(dead).toMatchObject({
      waiting: 0,
      dead: 1,
      oldestAt: null,
      entries: [{ state: "dead", until: null }],
    });
    expect(dead.entries[0].why).toBe("no such channel");
  });

  test("comes in pages", async () => {
    const app = await startTelling();
    await tell(app, { ...message("r2"), channel: "slack" }, message("r2"));
    const ids = async (query: string): Promise<string[]> => {
      const { body } = await get(app, `outbox${query}`).expect(200);
      return (body.entries as { id: string }[]).map((entry) => entry.id);
    };
    expect(await ids("")).toEqual([ID, "2-0", "2-1"]);
    expect(await ids("?limit=2")).toEqual([ID, "2-0"]);
    expect(await ids("?limit=2&after=2-0")).toEqual(["2-1"]);
    expect(await ids("?after=2-1")).toEqual([]);
    const { body } = await get(app, "outbox?after=1-0");
    expect(body).toMatchObject({
      waiting: 3,
      entries: [{ channel: "slack", subject: "r2" }, { channel: null }],
    });
  });

  test.each(["after=1", "after=x-0", "after=", "after=1-0&after=2-0", "limit=0", "limit=1001", "limit=all"])(
    "refuses %s",
    async (query) => {
      const app = await start();
      const answer = await get(app, `outbox?${query}`).expect(400);
      expect(answer.body).toMatchObject({ code: "bad_request", detail: expect.stringMatching(/expected/) });
    },
  );

  test("has a dead letter tried again by an operator, who is noted", async () => {
    const app = await startTelling();
    await bury(app, "invalid token");
    const answer = await post(app, `outbox/${ID}/retry`, { reason: "the token is mended" }).expect(200);
    expect(answer.body).toEqual({ application: "shop", id: ID, done: "retried" });
    expect(app.log).toContainEqual({
      level: "info",
      message: "outbox: message retried",
      fields: { application: "shop", id: ID, operator: "operator", reason: "the token is mended" },
    });
    expect(await app.store.outbox.claim("shop", LONG)).toMatchObject([{ id: ID, attempt: 2 }]);
  });

  test("loses what an operator drops, without a body too", async () => {
    const app = await startTelling();
    const answer = await request(app.app)
      .post(`${APP}/outbox/${ID}/drop`)
      .set("Rollguard-Operator", "ada")
      .expect(200);
    expect(answer.body).toEqual({ application: "shop", id: ID, done: "dropped" });
    expect(app.log).toContainEqual({
      level: "info",
      message: "outbox: message dropped",
      fields: { application: "shop", id: ID, operator: "ada", reason: null },
    });
    expect((await get(app, "outbox")).body).toMatchObject({ waiting: 0, dead: 0, entries: [] });
    const again = await post(app, `outbox/${ID}/drop`).expect(404);
    expect(again.body).toMatchObject({ code: "not_found", detail: expect.stringContaining(`"${ID}"`) });
    expect(app.log.filter(({ message }) => message.startsWith("outbox: "))).toHaveLength(1);
  });

  test.each(["retry", "drop"])("%s of what is not there is refused, and changes nothing", async (verb) => {
    const app = await startTelling();
    for (const id of ["9-9", "x", "1-0-0", "..%2f1-0", `${"9".repeat(3_000)}-0`])
      expect((await post(app, `outbox/${id}/${verb}`)).status).toBe(404);
    await request(app.app).post(`/api/v1/applications/none/outbox/1-0/${verb}`).expect(404);
    const strict = await post(app, `outbox/1-0/${verb}`, { force: true }).expect(422);
    expect(strict.body.detail).toMatch(/force/);
    expect((await get(app, "outbox")).body.waiting).toBe(1);
    expect((await get(app, `outbox/1-0/${verb}`)).status).toBe(405);
  });

  test("is for viewers to look at, and for operators to change", async () => {
    const credentials = (["viewer", "operator", "client"] as const).map((role) => ({
      role,
      name: role === "operator" ? "grace" : role,
      digest: digestOf(`${role}-token`),
    }));
    const app = await start({ credentials });
    const as = (role: string) => ({ Authorization: `Bearer ${role}-token` });
    await request(app.app).get(`${APP}/outbox`).expect(401);
    await request(app.app).get(`${APP}/outbox`).set(as("client")).expect(403);
    await request(app.app).get(`${APP}/outbox`).set(as("viewer")).expect(200);
    await request(app.app).post(`${APP}/outbox/1-0/drop`).set(as("viewer")).expect(403);
    await request(app.app).post(`${APP}/outbox/1-0/drop`).set(as("operator")).expect(404);
    expect((await request(app.app).get("/api/v1/applications/none/outbox").set(as("viewer"))).status).toBe(
      404,
    );
  });
});

describe("its metrics", () => {
  const told = async (app: TestApp): Promise<string[]> => {
    const { text } = await request(app.app).get("/metrics");
    return text.split("\n").filter((line) => line.startsWith("rollguard_outbox_"));
  };

  test("tell what waits and what is dead, and for how long the oldest has waited", async () => {
    let now = NOW;
    const app = await start({ clock: { now: () => now } });
    expect(await told(app)).toEqual([
      'rollguard_outbox_depth{application="shop",state="waiting"} 0',
      'rollguard_outbox_depth{application="shop",state="dead"} 0',
      'rollguard_outbox_age_seconds{application="shop"} 0',
    ]);
    await tell(app, message("rb-1-x", NOW));
    now += 90_500;
    expect(await told(app)).toEqual([
      'rollguard_outbox_depth{application="shop",state="waiting"} 1',
      'rollguard_outbox_depth{application="shop",state="dead"} 0',
      'rollguard_outbox_age_seconds{application="shop"} 90.5',
    ]);
    await bury(app, "no");
    expect(await told(app)).toEqual([
      'rollguard_outbox_depth{application="shop",state="waiting"} 0',
      'rollguard_outbox_depth{application="shop",state="dead"} 1',
      'rollguard_outbox_age_seconds{application="shop"} 0',
    ]);
  });
});
