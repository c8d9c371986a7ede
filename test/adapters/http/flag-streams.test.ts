import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { StreamUrls } from "../../../src/adapters/http/stream-urls.ts";
import { type ReadStream, readStream } from "../../support/event-stream.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { until } from "../../support/until.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  flags: [{ key: "traffic" }, { key: "cache", phase: 6 }],
  triggers: [
    { alert: "CacheBroken", tier: "flag", flags: ["cache"] },
    { alert: "Slow", tier: "phase" },
  ],
  tiers: { phase: { trafficCap: 30 } },
});
const DAY = 24 * 3_600_000;

let now: number;
let app: TestApp;
let server: Server;
let base: string;
let streams: ReadStream[];

beforeEach(async () => {
  now = 1_790_000_000_000;
  streams = [];
  await start();
});

afterEach(async () => {
  for (const stream of streams) stream.close();
  await stop();
});

async function start(more: { heartbeat?: number; maxFlagStreams?: number } = {}): Promise<void> {
  app = await startTestApp({ policies: [shop], clock: { now: () => now }, ...more });
  server = app.app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(): Promise<void> {
  await app.stop();
  const closed = new Promise((resolve) => server.close(resolve));
  // Clients keep idle connections for seconds.
  server.closeAllConnections();
  await closed;
}

async function restart(more: Parameters<typeof start>[0]): Promise<void> {
  await stop();
  await start(more);
}

/** As the answer to a bulk evaluation brings it. */
function evaluate(clientKey: string, revision: number, application = "shop"): string {
  const [stream] = app.clients.onBulk({ application, clientKey, revision });
  if (stream === undefined || !("endpoint" in stream)) throw new Error("no stream at this address");
  return base + stream.endpoint.requestUri;
}

async function open(url: string, headers: Record<string, string> = {}): Promise<ReadStream> {
  const stream = await readStream(url, headers);
  streams.push(stream);
  return stream;
}

async function listen(clientKey: string, revision = 0, headers: Record<string, string> = {}) {
  const stream = await open(evaluate(clientKey, revision), headers);
  await until("the beginning", stream.text, (text) => text.includes("id:"));
  return stream;
}

const fire = (alert: string) =>
  request(server)
    .post("/api/v1/alerts")
    .send(webhookBody([alertBody(alert)]))
    .expect(200);

const seeing = (stream: ReadStream, ids: readonly string[]) =>
  until("the events", stream.ids, (seen) => seen.join() === ids.join());

const metrics = async (): Promise<string> => (await request(server).get("/metrics").expect(200)).text;

describe("a client's stream", () => {
  test("tells it to ask again when flags change, and of nothing else", async () => {
    const stream = await listen("ada");
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    expect(stream.ids()).toEqual([]);
    await fire("CacheBroken");
    await fire("CacheBroken");
    await seeing(stream, ["1"]);
    const [, data] = /^event: message\ndata: (.*)$/m.exec(stream.text()) ?? [];
    expect(JSON.parse(data ?? "")).toEqual({
      type: "refetchEvaluation",
      etag: "1",
      lastModified: now / 1_000,
    });
    await fire("Slow");
    await seeing(stream, ["1", "2"]);
  });

  test("tells at once who may have missed something", async () => {
    const url = evaluate("ada", 0);
    await fire("CacheBroken");
    await seeing(await open(url), ["1"]);
    await seeing(await open(url, { "Last-Event-ID": "0" }), ["1"]);
    await seeing(await open(url, { "Last-Event-ID": "of somebody else" }), ["1"]);
    const [stranger] = [app.clients.streamUrls.of("shop", "stranger", now)];
    if (!("endpoint" in stranger)) throw new Error("no endpoint");
    await seeing(await open(base + stranger.endpoint.requestUri), ["1"]);
    const current = await listen("ada", 0, { "Last-Event-ID": "1" });
    expect(current.ids()).toEqual([]);
    expect(current.text()).toContain("id: 1\n\n");
  });

  test("says now and then that it is still there, and ends when its time is over", async () => {
    await restart({ heartbeat: 20 });
    const stream = await listen("ada");
    await until("a comment", stream.text, (text) => text.includes(": still here\n\n"));
    now += 2 * DAY;
    await stream.ended;
    expect((await open(evaluateThen("ada", now - 2 * DAY))).status).toBe(410);
  });

  test("ends when the server is being stopped", async () => {
    const stream = await listen("ada");
    await app.stop();
    await stream.ended;
  });

  test("is one of so many: the next one is to come again later", async () => {
    await restart({ maxFlagStreams: 2 });
    const [first] = [await listen("a"), await listen("b")];
    const refused = await fetch(evaluate("c", 0));
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    first.close();
    await until(
      "room",
      () => open(evaluate("c", 0)),
      ({ status }) => status === 200,
    );
  });

  test("is refused a HEAD, a POST, and nothing is left behind", async () => {
    const url = evaluate("ada", 0);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(405);
    expect(app.clients.flagClients.count("shop")).toEqual({ current: 1, stale: 0 });
  });
});

/** The address that was given out then. */
function evaluateThen(clientKey: string, then: number): string {
  const stream = app.clients.streamUrls.of("shop", clientKey, then);
  if (!("endpoint" in stream)) throw new Error("no endpoint");
  return base + stream.endpoint.requestUri;
}

describe("an address", () => {
  test("is the same for a client for a day, and another one for each", () => {
    const urls = new Set<string>();
    for (let hour = 0; hour < 24; hour += 1) urls.add(evaluateThen("ada", now + hour * 3_600_000));
    expect(urls.size).toBeLessThanOrEqual(2);
    expect(evaluateThen("ada", now)).toBe(evaluateThen("ada", now));
    expect(evaluateThen("bob", now)).not.toBe(evaluateThen("ada", now));
  });

  test("is of nobody when a letter of it was changed, or another secret signed it", async () => {
    const url = new URL(evaluate("ada", 0));
    const forged = (name: string, value: string): string => {
      const other = new URL(url);
      other.searchParams.set(name, value);
      return other.href;
    };
    const foreign = new StreamUrls({ secret: "of another responder", externalUrl: base }).of(
      "shop",
      "ada",
      now,
    );
    const urls = [
      forged("client", "bob"),
      forged("application", "other"),
      forged("expires", "9999999999"),
      forged("signature", "AAAA"),
      `${url.origin}${url.pathname}`,
      "url" in foreign ? foreign.url : "",
    ];
    for (const one of urls) {
      const answer = await fetch(one);
      expect({ status: answer.status, body: await answer.json() }).toMatchObject({
        status: 404,
        body: { code: "not_found" },
      });
    }
    expect((await fetch(evaluate("ada", 0, "nobody"))).status).toBe(404);
  });

  test("is absolute where the address of the responder is known, also below a path", () => {
    const urls = new StreamUrls({ secret: "s", externalUrl: "https://flags.example.org/rollguard/" });
    expect(urls.of("shop", "ada", now)).toMatchObject({
      type: "sse",
      url: expect.stringMatching(/^https:\/\/flags\.example\.org\/rollguard\/ofrep\/v1\/event-stream\?/),
      inactivityDelaySec: 120,
    });
  });
});

describe("clients", () => {
  test("are counted in the status and the metrics, by whether they have these flags", async () => {
    await listen("a");
    const b = await listen("b");
    evaluate("poller", 0);
    await fire("CacheBroken");
    await seeing(b, ["1"]);
    evaluate("a", 1);
    const { body } = await request(server).get("/api/v1/applications/shop").expect(200);
    expect(body.flagClients).toEqual({ current: 1, stale: 2 });
    expect(await metrics()).toContain('rollguard_flag_clients{application="shop",state="stale"} 2');
    b.close();
    await until("one to be gone", metrics, (text) => text.includes('state="stale"} 1'));
  });

  test("are part of a rollback's timeline: how many it reached, and how fast", async () => {
    const stream = [await listen("a"), await listen("b")];
    const { body } = await fire("CacheBroken");
    const path = `/api/v1/applications/shop/rollbacks/${body.decisions[0].rollback}`;
    const timeline = async () => (await request(server).get(path).expect(200)).body;
    await Promise.all(stream.map((one) => seeing(one, ["1"])));
    expect((await timeline()).propagation).toBeNull();
    evaluate("a", 1);
    now += 180;
    evaluate("b", 1);
    const { propagation, durations } = await until(
      "it to be told",
      timeline,
      (told) => told.propagation !== null,
    );
    expect(propagation).toEqual({ clients: 2, reached: 2, seconds: 0.18, waitedSeconds: 10 });
    expect(durations.propagated).toBe(0.18);
    expect(await metrics()).toContain('rollguard_rollback_duration_seconds_count{phase="propagate"} 1');
    const { revision } = await app.store.read("shop");
    expect(revision).toBe(1);
  });

  test("that do not read are cut off, and nothing is kept for them", async () => {
    await restart({ heartbeat: 1 });
    const reader = await listen("reader");
    const url = new URL(evaluate("slow", 0));
    const socket: Socket = connect(Number(url.port), url.hostname).pause();
    socket.on("error", () => undefined);
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    await until(
      "both",
      () => app.clients.flagClients.count("shop").current,
      (count) => count === 2,
    );
    for (let round = 0; round < 400 && app.clients.flagClients.count("shop").current === 2; round += 1) {
      const [served] = await app.flags.all();
      const followed = await app.clients.flagClients.follow("shop");
      if (served === undefined) throw new Error("nothing is served");
      for (let change = 0; change < 500; change += 1) followed?.tell(served);
      evaluate("reader", 0);
      evaluate("slow", 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(
      "the slow one to be gone",
      () => count(),
      (seen) => seen === 1,
    );
    expect(reader.ids().length).toBeGreaterThan(1_000);
    socket.destroy();
  });
});

function count(): number {
  const { current, stale } = app.clients.flagClients.count("shop");
  return current + stale;
}
