import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { readSse, type SseMessage } from "../../../src/cli/sse.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  triggers: [{ alert: "Slow", tier: "phase" }],
  tiers: { phase: { trafficCap: 30 } },
});
const EVENTS = "/api/v1/applications/shop/events";

let app: TestApp;
let server: Server;
let reader: AbortController;

beforeEach(async () => {
  app = await startTestApp({ policies: [shop] });
  server = createServer(app.app).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  reader = new AbortController();
});

afterEach(async () => {
  reader.abort();
  await app.stop();
  await new Promise((resolve) => server.close(resolve));
});

async function fire(...instances: string[]): Promise<void> {
  for (const instance of instances)
    await request(server)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody("Slow", { labels: { instance } })]))
      .expect(200);
}

/** The messages of the stream, one after the other. */
async function open(lastEventId: string): Promise<() => Promise<SseMessage>> {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/v1/applications/shop/stream`;
  const headers = { "Last-Event-ID": lastEventId };
  const { body } = await fetch(url, { headers, signal: reader.signal });
  const messages = readSse(body as AsyncIterable<Uint8Array>);
  return async () => (await messages.next()).value as SseMessage;
}

describe("a ledger whose oldest events have left", () => {
  test("says how far back it goes, how many have left, and where to", async () => {
    const empty = await request(server).get(EVENTS).expect(200);
    expect(empty.body).toEqual({
      application: "shop",
      revision: 0,
      first: null,
      unchanged: [],
      trimmed: 0,
      archive: "ledger/shop",
      events: [],
    });
    await fire("a", "b", "c", "d");
    expect((await request(server).get(EVENTS)).body).toMatchObject({ revision: 4, first: 1, trimmed: 0 });
    await app.store.trim("shop", 2);
    const { body } = await request(server).get(`${EVENTS}?after=1`).expect(200);
    expect(body).toMatchObject({ revision: 4, first: 3, trimmed: 2, archive: "ledger/shop" });
    expect(body.events.map(({ revision }: { revision: number }) => revision)).toEqual([3, 4]);
    const metrics = await request(server).get("/metrics").expect(200);
    expect(metrics.text).toContain('rollguard_ledger_events{application="shop"} 2\n');
    expect(metrics.text).toContain('rollguard_ledger_trimmed_total{application="shop"} 2\n');
    const again = await request(server).get("/metrics").expect(200);
    expect(again.text).toContain('rollguard_ledger_trimmed_total{application="shop"} 2\n');
  });

  test("has a stream that says what is missing, and goes on with what is there", async () => {
    await fire("a", "b", "c", "d");
    await app.store.trim("shop", 3);
    const next = await open("1");
    expect(await next()).toEqual({
      id: "3",
      event: "gap",
      data: '{"from":2,"to":3,"archive":"ledger/shop"}',
    });
    expect(await next()).toMatchObject({ id: "4", event: "event" });
    await fire("e");
    expect(await next()).toMatchObject({ id: "5", event: "event" });
  });

  test("is streamed without a word to who misses nothing", async () => {
    await fire("a", "b", "c", "d");
    await app.store.trim("shop", 3);
    for (const lastEventId of ["3", "4"]) {
      const next = await open(lastEventId);
      await fire(`after ${lastEventId}`);
      expect(await next()).toMatchObject({ id: String(Number(lastEventId) + 1), event: "event" });
    }
  });
});
