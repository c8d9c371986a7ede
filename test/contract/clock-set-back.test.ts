import { afterEach, describe, expect, test } from "@jest/globals";
import { open as lmdb } from "lmdb";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore, Work } from "../../src/app/ports.ts";
import { temporaryDirectory } from "../support/process.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { timeIn } from "./store-contract-time.ts";
import { countingObserver, event, message, NOTHING, note } from "./works.ts";

const HOUR = 3_600_000;
const SOON = 60_000;

/** An event that a message is told of, or only that. */
const tells =
  (subject?: string) =>
  (_: unknown, now: number): Work => ({
    changes: [],
    events: [event("a", now)],
    messages: subject === undefined ? [] : [message(subject, now)],
  });

interface Set {
  /** Another store on the same data: a process that was started since. */
  open(): StateStore;
  /** Sets the clock that the store goes by an hour back. */
  setBack(): Promise<unknown>;
  /** As a version before would have left the data. */
  forget(): Promise<unknown>;
}

const running = new Stopper();
afterEach(() => running.stop());

async function redis(): Promise<Set> {
  const server = await running.start(startRedis());
  const [meta, claims] = ["meta", "claims"].map((part) => `rollguard:{genesis}:${part}`) as [string, string];
  return {
    open: () => opened(createRedisStore({ url: server.url, observer: countingObserver() })),
    // Nobody sets Redis' clock here: what was written with the old one is moved into the future instead.
    setBack: async () => {
      for (const field of ["at", "clock"]) await server.call("HINCRBY", meta, field, HOUR);
      const all = (await server.call("HGETALL", claims)) as string[];
      for (let at = 0; at + 1 < all.length; at += 2) {
        const { sinceMs, untilMs, ...claim } = JSON.parse(all[at + 1] ?? "");
        if (sinceMs === undefined) continue;
        const later = { ...claim, sinceMs: sinceMs + HOUR, untilMs: untilMs + HOUR };
        await server.call("HSET", claims, all[at] ?? "", JSON.stringify(later));
      }
    },
    forget: () => server.call("HDEL", meta, "at", "clock"),
  };
}

async function embedded(): Promise<Set> {
  const directory = await running.start(
    temporaryDirectory("clock").then(({ path, remove }) => ({ path, stop: remove })),
  );
  let back = 0;
  const systemClock = (): number => Date.now() - back;
  return {
    open: () =>
      opened(createEmbeddedStore({ directory: directory.path, observer: countingObserver(), systemClock })),
    setBack: async () => {
      back += HOUR;
    },
    forget: async () => {
      const encoding = { keyEncoding: "binary", encoding: "string" } as const;
      const files = lmdb<string, Uint8Array>({ ...encoding, path: directory.path, noSubdir: false });
      const applications = files.openDB<string, Uint8Array>("applications", encoding);
      const [{ key, value } = { key: Buffer.of(), value: "{}" }] = [...applications.getRange()];
      const { at: _, clock: __, ...head } = JSON.parse(value);
      await applications.put(key, JSON.stringify(head));
      await files.close();
    },
  };
}

function opened(store: StateStore): StateStore {
  running.add(() => store.close());
  return store;
}

describe.each([
  ["redis", redis],
  ["embedded", embedded],
])("a clock that was set back, with the %s store", (kind, start) => {
  test("leaves time where it was, for those who were there and those who come, and it goes on", async () => {
    const { open, setBack } = await start();
    const store = open();
    await store.transact("genesis", tells());
    await store.transact("genesis", note);
    const before = await timeIn(store, "genesis");
    await setBack();
    // Redis' commits were moved, not its clock: there an hour has passed.
    const passed = kind === "redis" ? HOUR : 0;
    // Whoever was there goes by its own clock here, which nobody has set.
    for (const each of kind === "redis" ? [open(), open()] : [open(), open(), store]) {
      const now = await timeIn(each, "genesis");
      expect(now).toBeGreaterThanOrEqual(before + passed - SOON);
      expect(now).toBeLessThan(before + passed + SOON);
      await until(
        "time to go on",
        () => timeIn(each, "genesis"),
        (later) => later > now,
      );
    }
    const latest = open();
    await latest.transact("genesis", tells());
    const [first, second] = await store.events("genesis", { limit: 2 });
    expect(second?.at).toBeGreaterThan(first?.at ?? 0);
    expect(latest.skew()).toBeGreaterThan(HOUR - SOON);
  });

  test("leaves nobody waiting for an hour who was to try again in a moment", async () => {
    const { open, setBack } = await start();
    const store = open();
    await store.transact("genesis", tells("r1"));
    const claims = await store.outbox.claim("genesis", { lease: 30_000, limit: 9 });
    await store.outbox.failed("genesis", claims[0] ?? { id: "", token: "" }, 300, { why: "it was away" });
    await setBack();
    const later = open();
    await until(
      "another try",
      () => later.outbox.claim("genesis", { lease: 30_000, limit: 9 }),
      (again) => again.length === 1,
    );
  });

  test("is not noticed by who holds a message: nobody gets it a second time", async () => {
    const { open, setBack } = await start();
    const store = open();
    await store.transact("genesis", tells("r1"));
    const [claim] = await store.outbox.claim("genesis", { lease: 30_000, limit: 9 });
    await setBack();
    for (const each of [store, open()])
      expect(await each.outbox.claim("genesis", { lease: 30_000, limit: 9 })).toEqual([]);
    expect(await store.outbox.done("genesis", claim ?? { id: "", token: "" })).toBe(true);
  });

  test("is kept from commits of a version before by the last event's time", async () => {
    const { open, forget } = await start();
    const store = open();
    const future = (await timeIn(store, "genesis")) + HOUR;
    await store.transact("genesis", () => ({ ...NOTHING, events: [event("a", future)] }));
    await store.close();
    await forget();
    const now = await timeIn(open(), "genesis");
    expect(now).toBeGreaterThanOrEqual(future);
    expect(now).toBeLessThan(future + SOON);
  });
});
