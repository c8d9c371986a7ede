import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore, type RedisStoreOptions } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { here, LONG, routed } from "./outboxes.ts";
import { count, countedIn, countingObserver, event, flagState, message, note } from "./works.ts";

const keyOf = (part: string): string => `rollguard:{genesis}:${part}`;

/** A commit that writes to each key of an application. */
const everything = () => ({
  changes: [
    { kind: "flag", key: "a", value: flagState(1) } as const,
    { kind: "alert", key: "a", value: null } as const,
  ],
  events: [event("b")],
  messages: [message("r")],
});

describe("the parts of an application in Redis", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  const start = (...args: string[]): Promise<RedisServer> => running.start(startRedis({ args }));

  function open(server: Pick<RedisServer, "url">, options: Partial<RedisStoreOptions> = {}): StateStore {
    const store = createRedisStore({ url: server.url, observer: countingObserver(), ...options });
    running.add(() => store.close());
    return store;
  }

  /** All that is kept, so that half of a commit would show. */
  async function contents(server: RedisServer): Promise<unknown> {
    return {
      meta: await server.call("HGETALL", keyOf("meta")),
      state: await server.call("HGETALL", keyOf("state")),
      events: await server.call("XRANGE", keyOf("events"), "-", "+"),
      outbox: await server.call("XRANGE", keyOf("outbox"), "-", "+"),
    };
  }

  test.each(["outbox", "claims", "receipts"])("are refused by everybody when %s is gone", async (part) => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    expect(await server.call("DEL", keyOf(part))).toBe(1);
    for (const each of [store, open(server)]) {
      await expect(each.read("genesis")).rejects.toThrow(/lost some of its keys/);
      await expect(each.transact("genesis", count("b"))).rejects.toMatchObject({ code: "store_unavailable" });
      await expect(each.outbox.depth("genesis")).rejects.toMatchObject({ code: "store_unavailable" });
    }
    expect(await server.call("EXISTS", keyOf(part))).toBe(0);
  });

  test("are whole while nothing waits, was claimed, or is to be given back", async () => {
    const server = await start();
    const store = open(server);
    // Before the first message there is none of the three.
    await store.transact("genesis", note);
    await store.transact("genesis", () => ({ ...everything(), messages: [] }));
    expect(await server.call("EXISTS", keyOf("outbox"), keyOf("claims"), keyOf("receipts"))).toBe(0);
    await open(server).transact("genesis", () => ({ ...everything(), messages: [routed("slack", "r1")] }));
    const [claimed] = await store.outbox.claim("genesis", LONG);
    expect(await store.outbox.done("genesis", here(claimed), { receipt: { ts: "1" } })).toBe(true);
    await store.transact("genesis", () => ({ ...everything(), messages: [routed("slack", "r1")] }));
    const [next] = await store.outbox.claim("genesis", LONG);
    expect(await store.outbox.done("genesis", here(next), { receipt: null })).toBe(true);
    for (const each of [store, open(server)]) {
      expect(await each.outbox.depth("genesis")).toMatchObject({ waiting: 0, dead: 0 });
      await each.transact("genesis", note);
    }
  });

  test("that an older version has written are whole without a mark, and get it with the next message", async () => {
    const server = await start();
    await open(server).transact("genesis", count("a"));
    await server.call("HDEL", keyOf("meta"), "parts");
    await server.call("DEL", keyOf("claims"), keyOf("receipts"));
    const store = open(server);
    await store.transact("genesis", note);
    await store.transact("genesis", count("b"));
    expect(await countedIn(store, "genesis")).toBe(2);
    await server.call("DEL", keyOf("receipts"));
    await expect(open(server).read("genesis")).rejects.toThrow(/lost some of its keys/);
  });

  test.each([
    ["meta", "string"],
    ["state", "string"],
    ["events", "hash"],
    ["outbox", "hash"],
    ["claims", "stream"],
    ["receipts", "stream"],
  ])("that hold another type refuse a commit, with nothing half written: %s is a %s", async (part, type) => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    await server.call("DEL", keyOf(part));
    if (type === "string") await server.call("SET", keyOf(part), "x");
    else if (type === "hash") await server.call("HSET", keyOf(part), "x", "y");
    else await server.call("XADD", keyOf(part), "1-0", "x", "y");
    const others = ["state", "events", "outbox", "claims", "receipts"].filter((other) => other !== part);
    const dumps = (): Promise<unknown[]> =>
      Promise.all(others.map((other) => server.call("DUMP", keyOf(other)).then(String)));
    const before = await dumps();
    for (const each of [store, open(server)])
      await expect(each.transact("genesis", count("b"))).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("WRONGTYPE"),
      });
    expect(await dumps()).toEqual(before);
  });

  test.each(["outbox", "claims", "receipts"])(
    "refuse the first message likewise: %s holds another type",
    async (part) => {
      const server = await start();
      const store = open(server);
      await store.transact("genesis", note);
      await server.call("SET", keyOf(part), "x");
      await expect(store.transact("genesis", everything)).rejects.toThrow(/WRONGTYPE/);
      expect(await server.call("EXISTS", keyOf("events"))).toBe(0);
      await server.call("DEL", keyOf(part));
      expect(await store.transact("genesis", everything)).toMatchObject({ revision: 1 });
    },
  );

  test("refuse a commit where an outbox was left behind, with nothing half written", async () => {
    const server = await start();
    const first = open(server);
    await first.transact("genesis", count("a"));
    await first.transact("genesis", count("b"));
    await server.call("DEL", ...["meta", "state", "events", "claims", "receipts"].map(keyOf));
    const store = open(server);
    await expect(store.transact("genesis", everything)).rejects.toThrow(
      /outbox has messages of another history/,
    );
    expect(await store.read("genesis")).toMatchObject({ revision: 0 });
    expect(await server.call("EXISTS", keyOf("events"), keyOf("state"))).toBe(0);
    await server.call("DEL", keyOf("outbox"));
    expect(await store.transact("genesis", everything)).toMatchObject({ revision: 1 });
  });

  test("are committed also by a user who may not announce it; that is told once, and what the user needs", async () => {
    const server = await start();
    await server.call("ACL", "SETUSER", "app", "on", ">s3cret", "~rollguard:*", "resetchannels", "+@all");
    const url = server.url.replace("//", "//app:s3cret@");
    const warnings: string[] = [];
    const store = open({ url }, { warn: (text) => void warnings.push(text) });
    await store.transact("genesis", count("a"));
    await store.transact("genesis", count("b"));
    expect(await countedIn(store, "genesis")).toBe(2);
    expect(warnings.filter((text) => text.includes("not announced"))).toEqual([
      expect.stringMatching(/channel.*ACL SETUSER <user> ~rollguard:\* &rollguard:\*/),
    ]);
  });

  test.each(["hset", "hdel", "xadd", "del"])(
    "are not half written by a user who may not %s",
    async (command) => {
      const server = await start();
      await open(server).transact("genesis", count("a"));
      await server.call("ACL", "SETUSER", "app", "on", ">s3cret", "~*", "&*", "+@all", `-${command}`);
      const before = await contents(server);
      const store = open({ url: server.url.replace("//", "//app:s3cret@") });
      await expect(store.transact("genesis", everything)).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("ACL SETUSER <user>"),
      });
      expect(await contents(server)).toEqual(before);
    },
  );
});
