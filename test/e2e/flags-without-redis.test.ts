import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { createFileKeeper } from "../../src/adapters/store/kept-flags.ts";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import { bulk, single, turnOff } from "../adapters/http/ofrep-shop.ts";
import { startTestApp, type TestApp } from "../support/http-app.ts";
import { policyOf } from "../support/policies.ts";
import { temporaryDirectory } from "../support/process.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

const MAX_STALE = 600_000;
const shop = {
  ...policyOf({
    flags: [
      { key: "killed" },
      { key: "killed-safe", safeValue: true },
      { key: "plain" },
      { key: "safe", safeValue: true },
      { key: "share", rolloutPercentage: 50 },
      { key: "forced", override: true },
    ],
  }),
  serving: { maxStale: MAX_STALE },
};
const ada = { context: { targetingKey: "ada" } };
const observer = { lockWaited() {}, transacted() {}, conflicted() {} };

let redis: RedisServer;
let place: Awaited<ReturnType<typeof temporaryDirectory>>;
let app: TestApp;
/** Milliseconds that the clock is ahead. */
let later = 0;
/** What killed flags were told to be, by anybody, from the kill on. */
let watching: { stop(): Promise<void> };

function start(): Promise<TestApp> {
  return startTestApp({
    policies: [shop],
    store: createRedisStore({ url: redis.url, observer, commandTimeout: 300 }),
    keeper: createFileKeeper({ directory: join(place.path, "flags"), warn: () => undefined }),
    clock: { now: () => Date.now() + later },
    lookAgain: 50,
  });
}

beforeEach(async () => {
  later = 0;
  place = await temporaryDirectory("stale");
  redis = await startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] });
  app = await start();
  await known("fresh");
  await turnOff(app, "killed", "killed-safe");
  await until("the kill", values, ({ killed }) => killed === false);
  watching = watch();
});
afterEach(async () => {
  await watching.stop();
  await app.stop();
  await redis.stop();
  await place.remove();
});

async function values(): Promise<Record<string, boolean>> {
  const { body } = await bulk(app, ada);
  return Object.fromEntries(
    body.flags.map(({ key, value }: { key: string; value: boolean }) => [key, value]),
  );
}

/** Asks all the time: no step may turn on for a moment what was killed. */
function watch(): typeof watching {
  const seen = new Set<boolean>();
  let watched = true;
  const looking = (async () => {
    while (watched) {
      const now = await values();
      seen.add(now.killed === true || now["killed-safe"] === true);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    async stop() {
      watched = false;
      await looking;
      expect([...seen]).toEqual([false]);
    },
  };
}

/** Waits until the metrics say so, and answers with what everybody is told then. */
async function known(as: "fresh" | "stale" | "lost"): Promise<Record<string, boolean>> {
  const gauges = (stale: number, lost: number): string[] => [
    `rollguard_flags_stale{application="shop"} ${stale}`,
    `rollguard_flags_lost{application="shop"} ${lost}`,
  ];
  const wanted = { fresh: gauges(0, 0), stale: gauges(1, 0), lost: gauges(1, 1) }[as];
  await until(
    `flags that are ${as}`,
    async () => (await request(app.app).get("/metrics")).text.split("\n"),
    (lines) => wanted.every((line) => lines.includes(line)),
  );
  const { body } = await bulk(app, ada);
  expect(body.metadata.stale).toBe(as === "fresh" ? undefined : true);
  for (const { metadata } of body.flags) expect(metadata.stale).toBe(as === "fresh" ? undefined : true);
  return await values();
}

const USUAL = { killed: false, "killed-safe": false, plain: true, safe: true, forced: true, traffic: true };
const LOST = { ...USUAL, plain: false, traffic: false, share: false };

async function restart(): Promise<void> {
  await watching.stop();
  await app.stop();
  app = await start();
  watching = watch();
}

describe("without Redis", () => {
  interface Outage {
    away(): Promise<void>;
    back(): Promise<void>;
  }
  const gone: readonly [string, Outage][] = [
    ["killed", { away: () => redis.kill(), back: () => redis.start() }],
    ["frozen", { away: async () => redis.pause(), back: async () => redis.resume() }],
  ];

  it.each(gone)(
    "(%s) flags stay as they were, then those that are safe; and all is well again",
    async (_, outage) => {
      const before = await values();
      expect(before).toMatchObject(USUAL);
      await outage.away();
      expect(await known("stale")).toEqual(before);
      later = MAX_STALE;
      expect(await known("lost")).toMatchObject(LOST);
      const { body } = await single(app, "plain", ada);
      expect(body).toMatchObject({ value: false, reason: "UNKNOWN", metadata: { stale: true } });
      await outage.back();
      expect(await known("fresh")).toEqual(before);
    },
  );

  it.each(gone)("(%s) a start takes what was kept, for as long as it counts", async (_, outage) => {
    const before = await values();
    await outage.away();
    await known("stale");
    await restart();
    expect(await known("stale")).toEqual(before);
    later = MAX_STALE;
    await restart();
    expect(await known("lost")).toMatchObject(LOST);
    later = 0;
    await outage.back();
    expect(await known("fresh")).toEqual(before);
  });

  it("that comes back empty, what was known goes on: nobody has said yet to begin again", async () => {
    const before = await values();
    await redis.call("FLUSHALL");
    expect(await known("stale")).toEqual(before);
    later = MAX_STALE;
    expect(await known("lost")).toMatchObject(LOST);
  });
});
