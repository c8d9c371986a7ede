import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore, type RedisStoreOptions } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { freePort } from "../support/process.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { count, countedIn, counterOf, countingObserver, event, flagState, message } from "./works.ts";

const UNAVAILABLE = { code: "store_unavailable" };

describe("a Redis that fails", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  const start = (...args: string[]): Promise<RedisServer> => running.start(startRedis({ args }));

  function open(server: Pick<RedisServer, "url">, options: Partial<RedisStoreOptions> = {}): StateStore {
    const store = createRedisStore({
      url: server.url,
      observer: countingObserver(),
      commandTimeout: 800,
      ...options,
    });
    running.add(() => store.close());
    return store;
  }

  /** Each way to use a store. */
  const uses: Record<string, (store: StateStore) => Promise<unknown>> = {
    read: (store) => store.read("genesis"),
    transact: (store) => store.transact("genesis", count("a")),
    events: (store) => store.events("genesis", { limit: 1 }),
    ledger: (store) => store.ledger("genesis"),
    trim: (store) => store.trim("genesis", 1),
    claim: (store) => store.outbox.claim("genesis", { lease: 1, limit: 1 }),
    done: (store) => store.outbox.done("genesis", { id: "1-0", token: "t" }),
    failed: (store) => store.outbox.failed("genesis", { id: "1-0", token: "t" }, 1),
    bury: (store) => store.outbox.bury("genesis", { id: "1-0", token: "t" }, "no"),
    list: (store) => store.outbox.list("genesis", { limit: 1 }),
    retry: (store) => store.outbox.retry("genesis", "1-0"),
    drop: (store) => store.outbox.drop("genesis", "1-0"),
    depth: (store) => store.outbox.depth("genesis"),
    ping: (store) => store.ping(),
  };

  async function expectAllUnavailable(store: StateStore, message: RegExp): Promise<void> {
    for (const [name, use] of Object.entries(uses)) {
      const failure = await use(store).catch((error: unknown) => error);
      expect({ name, failure }).toMatchObject({ name, failure: UNAVAILABLE });
      expect((failure as Error).message).toMatch(message);
    }
  }

  test("that was never there is store_unavailable, at once and for every use", async () => {
    const store = open({ url: `redis://:hush@127.0.0.1:${await freePort()}` });
    await expectAllUnavailable(store, /^Redis at 127\.0\.0\.1:\d+ failed: .*ECONNREFUSED/);
  });

  test("that comes after who listens is listened to from then on, and who listens is told to read", async () => {
    const server = await start();
    await server.kill();
    const store = open(server);
    const heard: (number | null)[] = [];
    const stop = await store.changes("genesis", (revision) => void heard.push(revision));
    await expect(uses.read?.(store)).rejects.toMatchObject(UNAVAILABLE);
    await server.start();
    await until(
      "to be told to read",
      () => heard,
      ([first]) => first === null,
      { every: 5 },
    );
    await open(server).transact("genesis", count("a"));
    await until(
      "the announcement",
      () => heard,
      ([, second]) => second === 2,
      { every: 5 },
    );
    await stop();
    expect(await server.call("PUBSUB", "CHANNELS", "rollguard*")).toEqual([]);
  });

  test("that was emptied is not begun again from nothing, until a restart", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    await server.call("FLUSHALL");
    for (const name of ["transact", "read", "events", "claim", "ping", "done", "failed"]) {
      await expect(uses[name]?.(store)).rejects.toThrow(/was emptied or replaced/);
    }
    expect(await server.call("DBSIZE")).toBe(0);
    // Somebody else begins again; who has seen the old data does not follow.
    const restarted = open(server);
    await restarted.transact("genesis", count("b"));
    expect(await countedIn(restarted, "genesis")).toBe(1);
    await expectAllUnavailable(store, /restart/);
  });

  test("that was emptied is noticed by whoever has only read", async () => {
    const server = await start();
    const [writer, reader] = [open(server), open(server)];
    await writer.transact("genesis", count("a"));
    await reader.read("genesis");
    await server.call("FLUSHALL");
    await expect(reader.read("genesis")).rejects.toMatchObject(UNAVAILABLE);
  });

  test("that was killed is store_unavailable; when it is back, so is everything, without a restart", async () => {
    const server = await start("--appendonly", "yes", "--appendfsync", "always");
    const store = open(server);
    const heard: (number | null)[] = [];
    await store.changes("genesis", (revision) => void heard.push(revision));
    await store.transact("genesis", count("before"));
    await until(
      "the announcement",
      () => heard,
      ([first]) => first === 2,
      { every: 5 },
    );
    await server.kill();
    await expectAllUnavailable(store, /^Redis at 127\.0\.0\.1:\d+ failed/);
    await server.start();
    await until(
      "the store to be back",
      () => store.ping().then(() => true),
      (back) => back,
      { every: 20 },
    );
    await store.transact("genesis", count("after"));
    expect(await countedIn(store, "genesis")).toBe(2);
    await until(
      "announcements to be back",
      async () => {
        await store.transact("genesis", count("again"));
        return heard.length;
      },
      (count) => count > 1,
    );
  });

  test("that dies during transactions: what was told to be committed is, and nothing is half", async () => {
    const server = await start("--appendonly", "yes", "--appendfsync", "always");
    const store = open(server);
    let told = 0;
    const steps = Promise.allSettled(
      Array.from({ length: 300 }, async (_, index) => {
        await store.transact("genesis", count(`t${index}`));
        told += 1;
        if (told === 40) void server.kill();
      }),
    );
    const outcomes = await steps;
    const failures = outcomes.filter(({ status }) => status === "rejected");
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ reason: UNAVAILABLE });
    await server.start();
    await until(
      "the store to be back",
      () => store.ping().then(() => true),
      (back) => back,
      { every: 20 },
    );
    const counted = await countedIn(store, "genesis");
    expect([told, told + 1]).toContain(counted);
  });

  test("that answers nothing is store_unavailable in time; when it goes on, so does everything", async () => {
    const server = await start();
    const store = open(server, { lockTtl: 200 });
    await store.transact("genesis", count("before"));
    server.pause();
    await Promise.all(
      ["read", "transact", "claim", "ping"].map((name) =>
        expect(uses[name]?.(store)).rejects.toMatchObject(UNAVAILABLE),
      ),
    );
    server.resume();
    await until(
      "the store to be back",
      () => store.ping().then(() => true),
      (back) => back,
      { every: 20 },
    );
    // The lock that was asked for in vain may have been given after all.
    await store.transact("genesis", count("after"));
    expect(counterOf(await store.read("genesis"))).toBeGreaterThanOrEqual(2);
  });

  test("that answers nothing is waited for once, not by everybody who comes later", async () => {
    const server = await start();
    const store = open(server, { commandTimeout: 3_000 });
    await store.transact("genesis", count("before"));
    server.pause();
    const began = performance.now();
    const waiting = Array.from({ length: 5 }, () => store.transact("genesis", count("a")));
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: UNAVAILABLE });
    }
    await expect(store.ping()).rejects.toThrow(/does not answer/);
    // One after the other they would have waited for 18 s.
    expect(performance.now() - began).toBeLessThan(12_000);
    server.resume();
    await until(
      "the store to be back",
      () => store.ping().then(() => true),
      (back) => back,
      { every: 20 },
    );
  });

  test("that forgot the scripts is told them again", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    await server.call("SCRIPT", "FLUSH");
    await store.transact("genesis", count("b"));
    expect(await countedIn(store, "genesis")).toBe(2);
  });

  test("that wants a password says so, and nobody repeats it", async () => {
    const server = await start("--requirepass", "r1ght");
    const wrong = open({ url: server.url.replace("//", "//:wr0ng@") });
    const failure: Error = await wrong.ping().then(
      () => new Error("it let us in"),
      (error) => error,
    );
    expect(failure).toMatchObject(UNAVAILABLE);
    expect(failure.message).toMatch(/WRONGPASS/);
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/wr0ng/);
    const right = open({ url: server.url.replace("//", "//default:r1ght@") });
    await right.transact("genesis", count("a"));
  });

  test("whose data somebody damaged says which field, and loses nothing of a newer version", async () => {
    const server = await start();
    const [one, two] = [open(server), open(server)];
    await one.transact("genesis", count("a"));
    const state = "rollguard:{genesis}:state";
    await server.call("HSET", state, "gate:from-the-future", '{"a":1}');
    await two.transact("genesis", count("b"));
    expect(await server.call("HGET", state, "gate:from-the-future")).toBe('{"a":1}');
    await server.call("HSET", state, "flag:broken", "{");
    await expect(open(server).read("genesis")).rejects.toThrow('the stored field "flag:broken" is damaged');
  });

  test("whose ledger somebody wrote into refuses, with nothing half written", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    await server.call("XADD", "rollguard:{genesis}:events", "9-0", "event", "{}");
    await expect(
      store.transact("genesis", () => ({
        changes: [{ kind: "flag", key: "a", value: flagState(1) }],
        events: [event("b")],
        messages: [message("r")],
      })),
    ).rejects.toMatchObject(UNAVAILABLE);
    const after = await open(server).read("genesis");
    expect([after.revision, after.flags.has("a")]).toEqual([2, false]);
  });
});
