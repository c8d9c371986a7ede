import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { until } from "../../support/until.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  triggers: [{ alert: "Slow", tier: "phase" }],
  tiers: { phase: { trafficCap: 30 } },
});

let app: TestApp;
let server: Server;
let base: string;
const readers: AbortController[] = [];

beforeEach(async () => {
  app = await startTestApp({ policies: [shop] });
  server = createServer(app.app).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/applications/shop/stream`;
});

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.abort();
  await app.stop();
  await new Promise((resolve) => server.close(resolve));
});

/** Everything that came so far, as text. */
async function open(
  path = "",
  headers: Record<string, string> = {},
): Promise<{ text(): string; ended: Promise<void> }> {
  const reader = new AbortController();
  readers.push(reader);
  const response = await fetch(base + path, { headers, signal: reader.signal });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let text = "";
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      text += decoder.decode(chunk as Uint8Array, { stream: true });
  };
  return { text: () => text, ended: read().catch(() => undefined) };
}

const fire = (instance: string) =>
  request(server)
    .post("/api/v1/alerts")
    .send(webhookBody([alertBody("Slow", { labels: { instance } })]))
    .expect(200);

const idsIn = (text: string): string[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => String(id));

const seeing = (stream: { text(): string }, ids: readonly string[]) =>
  until(
    "the events",
    () => idsIn(stream.text()),
    (seen) => seen.join() === ids.join(),
  );

describe("the ledger, live", () => {
  test("brings each event as it is committed, with its revision as id", async () => {
    const stream = await open();
    await until("the beginning", stream.text, (text) => text.includes("retry:"));
    await fire("a");
    await fire("b");
    await seeing(stream, ["1", "2"]);
    const [, data] = /^event: event\ndata: (.*)$/m.exec(stream.text()) ?? [];
    expect(JSON.parse(data ?? "")).toMatchObject({
      revision: 1,
      reason: "rolled_back",
      alert: { name: "Slow" },
    });
  });

  test("goes on behind the last one that was read, without a gap", async () => {
    for (const instance of ["a", "b", "c"]) await fire(instance);
    await seeing(await open("", { "Last-Event-ID": "1" }), ["2", "3"]);
    await seeing(await open("?after=0"), ["1", "2", "3"]);
  });

  test("ends when the server is being stopped", async () => {
    const { ended } = await open();
    await app.stop();
    await ended;
    app = await startTestApp({ policies: [shop] });
  });

  test("refuses what is no revision, and an unknown application", async () => {
    await request(server).get("/api/v1/applications/shop/stream?after=x").expect(400);
    await request(server).get("/api/v1/applications/shpo/stream").expect(404);
    await request(server).post("/api/v1/applications/shop/stream").expect(405);
  });
});

test("a reader that has gone before it was answered takes no place", async () => {
  for (let reader = 0; reader < 210; reader++) {
    const gone = new AbortController();
    const asked = fetch(base, { signal: gone.signal }).catch(() => undefined);
    gone.abort();
    await asked;
  }
  const stream = await open("?after=0");
  await until("the beginning", stream.text, (text) => text.includes("retry:"));
});
