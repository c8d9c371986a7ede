import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import { Deadline } from "../../src/app/deadline.ts";
import type { StateStore } from "../../src/app/ports.ts";
import type { PreflightCheck } from "../../src/app/preflight/preflight-check.ts";
import { checkStore } from "../../src/app/preflight/store-check.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { storeWith } from "../support/store-with.ts";
import { startCountingStore } from "./counting-store.ts";

let running = new Stopper();
afterEach(async () => {
  await running.stop();
  running = new Stopper();
});

async function checked(store: StateStore, within = 10_000): Promise<PreflightCheck> {
  const deadline = new Deadline(within);
  const check = await checkStore(store, "shop", deadline);
  deadline.clear();
  return check;
}

const observer = { lockWaited() {}, transacted() {}, conflicted() {} };

async function openRedis() {
  const redis = await running.start(startRedis());
  const store = await createRedisStore({ url: redis.url, observer });
  running.add(() => store.close());
  return { redis, store };
}

const OPENED: readonly (readonly [string, () => Promise<StateStore>])[] = [
  ["redis", async () => (await openRedis()).store],
  ["embedded", async () => (await running.start(startCountingStore())).store],
];

describe.each(OPENED)("the %s store", (kind, open) => {
  test("is written to, and stays as it is", async () => {
    const store = await open();
    const announced: (number | null)[] = [];
    running.add(await store.changes("shop", (revision) => void announced.push(revision)));
    const pass = { name: "store", status: "pass", detail: `the ${kind} store reads and writes`, fix: null };

    const before = await store.read("shop");
    expect(await checked(store)).toEqual(pass);
    expect(await store.read("shop")).toEqual(before);

    const heard = { kind: "watchdog", value: 1_234 } as const;
    await store.transact("shop", () => ({ changes: [heard], events: [], messages: [] }));
    expect(await checked(store)).toEqual(pass);
    expect(await store.read("shop")).toMatchObject({ revision: 0, watchdog: 1_234 });
    expect(announced).toEqual([]);
  });
});

test("a Redis that takes no more writes is told, and what to see to", async () => {
  const { redis, store } = await openRedis();
  await store.ping();
  await redis.call("CONFIG", "SET", "maxmemory", "1");
  const check = await checked(store);
  expect(check).toMatchObject({ name: "store", status: "fail" });
  expect(check.detail).not.toBe("");
  expect(check.fix).toContain("has memory left");
});

test("a Redis that hangs is given up on", async () => {
  const { redis, store } = await openRedis();
  await store.ping();
  redis.pause();
  const check = await checked(store, 200);
  redis.resume();
  expect(check).toMatchObject({ status: "fail", detail: "the store does not answer: nothing within 200ms" });
});

test("a clock that has gone away is warned of", async () => {
  const { store } = await running.start(startCountingStore());
  expect(await checked(storeWith(store, { skew: () => -600_000 }))).toEqual({
    name: "store",
    status: "warn",
    detail: "the embedded store reads and writes, but this machine's clock is 600.0 s ahead of the store's",
    fix: "have all clocks set by NTP",
  });
});

test("what fails is told in its own words", async () => {
  const { store, before } = await running.start(startCountingStore());
  before(() => {
    throw new RollguardError("lock_timeout", 'the lock of "shop" was not free in 5000 ms');
  });
  expect(await checked(store)).toMatchObject({
    status: "fail",
    detail: 'the lock of "shop" was not free in 5000 ms',
    fix: "see that Rollguard may write to ROLLGUARD_DATA, and that the disk is not full",
  });
});
