import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type ReadStream, readStream } from "../support/event-stream.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const ROOT = new URL("../../", import.meta.url);
const TOKEN = "a-token-that-only-this-test-knows";
const SECRET = "a secret that both of the responders have";

interface Bulk {
  readonly status: number;
  readonly etag: string | null;
  readonly flags: ReadonlyMap<string, boolean>;
  /** Without the responder's address. */
  readonly stream: string;
}

async function evaluate(at: RollguardServer, user: string, query = "", etag?: string): Promise<Bulk> {
  const reply = await fetch(`${at.url}/ofrep/v1/evaluate/flags${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(etag === undefined ? {} : { "If-None-Match": etag }) },
    body: JSON.stringify({ context: { targetingKey: user } }),
  });
  const text = await reply.text();
  const { flags = [], eventStreams = [] } = (text === "" ? {} : JSON.parse(text)) as {
    flags?: { key: string; value: boolean }[];
    eventStreams?: { endpoint: { requestUri: string } }[];
  };
  return {
    status: reply.status,
    etag: reply.headers.get("etag"),
    flags: new Map(flags.map(({ key, value }) => [key, value])),
    stream: eventStreams[0]?.endpoint.requestUri ?? "",
  };
}

describe("event streams of two responders on one Redis", () => {
  const running = new Stopper();
  let redis: RedisServer;
  let a: RollguardServer;
  let b: RollguardServer;
  let options: Parameters<typeof startRollguard>[0];

  beforeAll(async () => {
    const policy = await readFile(new URL("rules/genesis.yaml", ROOT), "utf8");
    redis = await running.start(startRedis());
    options = { policy, redisUrl: redis.url, webhookToken: TOKEN };
    const shared = { ...options, env: { ROLLGUARD_STREAM_SECRET: SECRET } };
    a = await running.start(startRollguard(shared));
    b = await running.start(startRollguard(shared));
  }, 60_000);

  afterAll(() => running.stop());

  async function listen(at: RollguardServer, user: string): Promise<ReadStream> {
    const { stream } = await evaluate(at, user);
    const opened = await readStream(at.url + stream);
    running.add(async () => opened.close());
    await until("the stream", opened.text, (text) => text.includes("id: "));
    return opened;
  }

  it("both give the same client the same address and the same ETag, and know each other's", async () => {
    const [first, second] = [await evaluate(a, "ada"), await evaluate(b, "ada")];
    expect(second).toEqual(first);
    expect((await evaluate(b, "ada", "", first.etag ?? "")).status).toBe(304);
    const opened = await readStream(b.url + first.stream);
    expect(opened.status).toBe(200);
    opened.close();
    await opened.ended;
  });

  it("one with another secret does not, and gives its own", async () => {
    const alone = await startRollguard(options);
    try {
      const { stream, etag } = await evaluate(a, "ada");
      expect((await readStream(alone.url + stream)).status).toBe(404);
      const own = await evaluate(alone, "ada", "", etag ?? "");
      // Told 304, a client would go on with an address that nobody knows.
      expect(own.status).toBe(200);
      const opened = await readStream(alone.url + own.stream);
      expect(opened.status).toBe(200);
      opened.close();
    } finally {
      await alone.stop();
    }
  });

  it("a webhook at one reaches the clients of both, and the timeline tells when", async () => {
    const places: readonly [RollguardServer, string, RollguardServer][] = [
      [a, "ada", a],
      [a, "ann", a],
      [b, "bob", b],
      // Behind one address a client may listen here and ask there.
      [b, "ben", a],
    ];
    const streams = await Promise.all(places.map(([at, user]) => listen(at, user)));
    expect((await evaluate(a, "ada")).flags.get("performance_optimizations_enabled")).toBeDefined();
    const reply = await fetch(a.webhook, {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(
        webhookBody([alertBody("ErrorRateSpike", { labels: { application: "genesis" } })]),
      ),
    });
    const { decisions } = (await reply.json()) as { decisions: { rollback: string; revision: number }[] };
    const { rollback = "", revision = 0 } = decisions[0] ?? {};
    await Promise.all(
      places.map(async ([, user, asked], index) => {
        await until(
          "to be told",
          () => streams[index]?.ids() ?? [],
          (ids) => ids.at(-1) === String(revision),
        );
        const { flags } = await evaluate(asked, user, `?flagConfigEtag=${revision}`);
        expect(flags.get("phase_4_deployment")).toBe(false);
      }),
    );
    // Who asked elsewhere is told of at the end of the waiting.
    const timeline = await until(
      "all of them",
      () => a.timeline("genesis", rollback),
      ({ propagation }) => propagation?.reached === 4,
      { within: 20_000 },
    );
    expect(timeline.propagation).toMatchObject({ clients: 4, reached: 4, waitedSeconds: 10 });
    expect(timeline.durations.propagated).toBeGreaterThanOrEqual(0);
    expect(timeline.durations.propagated).toBeLessThan(10);
    expect((await b.timeline("genesis", rollback)).propagation).toEqual(timeline.propagation);
  }, 60_000);

  it("streams end when their responder stops, and what was missed is told at the other one", async () => {
    const { stream } = await evaluate(b, "eve");
    const opened = await readStream(b.url + stream);
    await until("the stream", opened.text, (text) => text.includes("id: "));
    await b.stop();
    await opened.ended;
    const again = await readStream(a.url + stream, { "Last-Event-ID": "0" });
    running.add(async () => again.close());
    await until("to be told", again.ids, (ids) => ids.length === 1);
  });
});
