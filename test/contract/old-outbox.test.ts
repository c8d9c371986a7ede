import { afterEach, describe, expect, test } from "@jest/globals";
import { open as openFiles } from "lmdb";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { temporaryDirectory } from "../support/process.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { here, LONG, routed } from "./outboxes.ts";
import { countingObserver, event, message } from "./works.ts";

/** Before there were channels, receipts and dead letters. */
describe("an outbox that an older version has written", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  const observer = countingObserver();
  const filled = async (store: StateStore): Promise<void> => {
    const messages = [message("r1", 1), message("r1", 2), message("r2", 3)];
    await store.transact("shop", () => ({ changes: [], events: [event("a")], messages }));
  };

  /** The first message has failed once, and waits no more; the one behind it is unknown to its lane's new channels. */
  async function expectDelivered(store: StateStore): Promise<void> {
    await store.transact("shop", () => ({
      changes: [],
      events: [event("a")],
      messages: [routed("slack", "r1", 4)],
    }));
    const { outbox } = store;
    expect(await outbox.list("shop", { limit: 1 })).toMatchObject([
      { id: "1-0", state: "waiting", attempt: 1, why: null, until: null },
    ]);
    expect(await outbox.depth("shop")).toEqual({ waiting: 4, dead: 0, oldestAt: 1 });
    const claimed = await outbox.claim("shop", LONG);
    expect(claimed).toMatchObject([
      { id: "1-0", attempt: 2, failingSince: null, receipt: null, later: [{ id: "1-1" }] },
      { id: "1-2", attempt: 1, later: [] },
      { id: "2-0", attempt: 1, later: [] },
    ]);
    expect(await outbox.done("shop", here(claimed[0]), { receipt: { ts: "1" } })).toBe(true);
    expect(await outbox.claim("shop", LONG)).toMatchObject([{ id: "1-1", receipt: { ts: "1" } }]);
  }

  test("is delivered from Redis", async () => {
    const server = await running.start(startRedis());
    const store = createRedisStore({ url: server.url, observer });
    running.add(() => store.close());
    await filled(store);
    await server.call("HSET", "rollguard:{shop}:claims", "1-0", '{"attempt":1,"untilMs":0}');
    await expectDelivered(store);
  });

  test("is delivered from files, and can be looked at before that", async () => {
    const directory = await temporaryDirectory("old");
    running.add(directory.remove);
    const open = (readOnly: boolean): StateStore => {
      const store = createEmbeddedStore({ directory: directory.path, observer, readOnly });
      running.add(() => store.close());
      return store;
    };
    const first = open(false);
    await filled(first);
    const claims = await first.outbox.claim("shop", { lease: 0, limit: 1 });
    await first.outbox.failed("shop", here(claims[0]), 0);
    await first.close();
    await makeOld(directory.path);
    const looking = open(true);
    expect(await looking.outbox.depth("shop")).toEqual({ waiting: 3, dead: 0, oldestAt: 1 });
    expect(await looking.outbox.list("shop", { limit: 9 })).toHaveLength(3);
    await expect(looking.outbox.claim("shop", LONG)).rejects.toMatchObject({ code: "store_unavailable" });
    await looking.close();
    await expectDelivered(open(false));
  });
});

/** Without the table that is new, and with a claim as it was written then. */
async function makeOld(path: string): Promise<void> {
  const encoding = { keyEncoding: "binary", encoding: "string" } as const;
  const files = openFiles<string, Uint8Array>({ ...encoding, path, noSubdir: false });
  await files.openDB<string, Uint8Array>("receipts", encoding).drop();
  const claims = files.openDB<string, Uint8Array>("claims", encoding);
  const [only] = [...claims.getKeys()];
  if (only === undefined) throw new Error("no claim is there");
  await claims.put(only, JSON.stringify({ attempt: 1, until: 0, token: null }));
  expect([...files.getKeys()].map((name) => Buffer.from(name).toString())).not.toContain("receipts");
  await files.close();
}
