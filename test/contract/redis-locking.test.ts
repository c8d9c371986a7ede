import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { createRedisStore, type RedisStoreOptions } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore, Work } from "../../src/app/ports.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { until } from "../support/until.ts";
import {
  count,
  countedIn,
  countingObserver,
  event,
  flagState,
  message,
  NOTHING,
  note,
  notesIn,
} from "./works.ts";

describe("the lock in Redis", () => {
  const opened: StateStore[] = [];
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await server.call("FLUSHALL");
  });
  afterAll(() => server.stop());

  function open(options: Partial<RedisStoreOptions> = {}): StateStore {
    const store = createRedisStore({ url: server.url, observer: countingObserver(), ...options });
    opened.push(store);
    return store;
  }

  function stall(milliseconds: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  }

  test("a holder that stalls past its time has its commit refused, and starts over", async () => {
    const observer = countingObserver();
    const store = open({ observer, lockTtl: 50 });
    await store.transact("genesis", count("here"));
    const seen: number[] = [];
    const { base, revision } = await store.transact("genesis", (state) => {
      seen.push(state.revision);
      if (seen.length === 1) stall(100);
      return count("here")(state);
    });
    // A busy machine may stall it once more.
    expect(seen.length).toBeGreaterThan(1);
    expect({ seen: new Set(seen), base, revision }).toEqual({ seen: new Set([2]), base: 2, revision: 4 });
    expect(observer.conflicts).toBe(seen.length - 1);
    expect(await countedIn(store, "genesis")).toBe(2);
  });

  test("what was committed while it stalled is there when it starts over", async () => {
    const [slow, quick] = [open({ lockTtl: 30 }), open()];
    await slow.ping();
    await quick.ping();
    const seen: number[] = [];
    let between: Promise<unknown> | undefined;
    await slow.transact("genesis", (state) => {
      seen.push(state.revision);
      // Sent before the slow one's commit, and answered when its lock has run out.
      if (seen.length === 1) {
        between = quick.transact("genesis", count("quick"));
        stall(60);
      }
      return count("slow")(state);
    });
    await between;
    expect(seen.length).toBeGreaterThan(1);
    expect(await countedIn(quick, "genesis")).toBe(2);
  });

  test("a note is refused like any other commit when its time is over, and made anew", async () => {
    const [slow, quick] = [open({ lockTtl: 30 }), open()];
    await slow.transact("genesis", count("slow"));
    await quick.ping();
    const seen: number[] = [];
    let between: Promise<unknown> | undefined;
    await slow.transact("genesis", (state) => {
      seen.push(notesIn(state));
      if (seen.length === 1) {
        between = quick.transact("genesis", note);
        stall(60);
      }
      return note(state);
    });
    await between;
    expect([seen[0], new Set(seen.slice(1))]).toEqual([0, new Set([1])]);
    expect(notesIn(await quick.read("genesis"))).toBe(2);
    expect(await countedIn(quick, "genesis")).toBe(1);
  });

  test("a lock that somebody else keeps is waited for", async () => {
    const observer = countingObserver();
    const store = open({ observer });
    await server.call("SET", "rollguard:{genesis}:lock", "somebody", "PX", 100);
    await store.transact("genesis", count("here"));
    expect(observer.conflicts).toBeGreaterThan(1);
    expect(observer.waits[0]).toBeGreaterThan(0.05);
    expect(await countedIn(store, "genesis")).toBe(1);
  });

  test("a lock that is never free ends in lock_timeout, also for those who wait behind", async () => {
    const store = open({ lockTimeout: 100 });
    await server.call("SET", "rollguard:{genesis}:lock", "somebody", "PX", 60_000);
    const waiting = [1, 2, 3].map(() => store.transact("genesis", count("here")));
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "lock_timeout" } });
    }
    // Long before the lock would have gone by itself.
    expect(await server.call("EXISTS", "rollguard:{genesis}:lock")).toBe(1);
    await store.transact("another", count("here"));
    await server.call("DEL", "rollguard:{genesis}:lock");
    await store.transact("genesis", count("here"));
    expect(await countedIn(store, "genesis")).toBe(1);
  });

  test("a holder that always stalls gives up when its time is over", async () => {
    const store = open({ lockTtl: 10, lockTimeout: 100 });
    const stalled = store.transact("genesis", (state) => {
      stall(30);
      return count("here")(state);
    });
    await expect(stalled).rejects.toMatchObject({ code: "lock_timeout" });
    expect((await store.read("genesis")).revision).toBe(0);
  });

  test("a transaction costs two round trips, whatever it writes", async () => {
    // None of these matters here, and all of this takes seconds on a busy machine.
    const store = open({ commandTimeout: 20_000, lockTtl: 20_000, lockTimeout: 20_000 });
    const keys = Array.from({ length: 2_500 }, (_, index) => `flag-${index}`);
    const large: Work = {
      changes: [
        ...keys.map((key) => ({ kind: "flag" as const, key, value: flagState(1) })),
        ...keys.map((key) => ({ kind: "alert" as const, key, value: null })),
      ],
      events: keys.map((key) => event(key)),
      messages: keys.map((key) => message(key)),
    };
    await store.transact("genesis", count("here"));
    await store.transact("genesis", () => NOTHING);

    expect(await commandsDuring(() => store.transact("genesis", count("here")))).toEqual([
      "evalsha",
      "evalsha",
    ]);
    expect(await commandsDuring(() => store.transact("genesis", note))).toEqual(["evalsha", "evalsha"]);
    expect(await commandsDuring(() => store.transact("genesis", () => large))).toEqual([
      "evalsha",
      "evalsha",
    ]);
    // The second one gives the lock back, and is not waited for.
    expect(await commandsDuring(() => store.transact("genesis", () => NOTHING))).toEqual([
      "evalsha",
      "evalsha",
    ]);
    expect(await commandsDuring(() => store.read("genesis"))).toEqual(["evalsha"]);

    const state = await open().read("genesis");
    expect(state.revision).toBe(2 + 2 + 2_500);
    expect(state.flags.size).toBe(1 + 2_500);
    expect(await store.events("genesis", { limit: 10_000 })).toHaveLength(state.revision);
  });

  /** The commands that clients send meanwhile; those of scripts are not round trips. */
  async function commandsDuring(run: () => Promise<unknown>): Promise<string[]> {
    const watcher = new Redis({ host: "127.0.0.1", port: server.port });
    const monitor = await watcher.monitor();
    try {
      const seen: string[] = [];
      monitor.on("monitor", (_time: string, args: string[], source: string) => {
        if (source !== "lua") seen.push(args[0]?.toLowerCase() ?? "");
      });
      await watcher.echo("begin");
      await run();
      await watcher.echo("end");
      const isEcho = (name: string): boolean => name === "echo";
      await until(
        "both marks",
        () => seen.filter(isEcho).length,
        (marks) => marks === 2,
        { every: 5 },
      );
      return seen.slice(seen.indexOf("echo") + 1, seen.lastIndexOf("echo"));
    } finally {
      monitor.disconnect();
      watcher.disconnect();
    }
  }
});
