import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { freePort } from "../support/process.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { count, countedIn, countingObserver, note } from "./works.ts";

const OPERATIONS = new URL("../../docs/operations.md", import.meta.url);

/** What a commit would fail of is told when it is asked, and not when an alert comes. */
describe("a ping for an application", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  const start = (...args: string[]): Promise<RedisServer> => running.start(startRedis({ args }));

  function open(url: string): StateStore {
    const store = createRedisStore({ url, observer: countingObserver() });
    running.add(() => store.close());
    return store;
  }

  const userOf = ({ url }: RedisServer): string => url.replace("//", "//rollguard:s3cret@");

  /** The line that people copy, with a password. */
  async function documentedUser(): Promise<string[]> {
    const line = (await readFile(OPERATIONS, "utf8")).split("\n").find((each) => /^ACL SETUSER/.test(each));
    return (line ?? "").replace("PASSWORD", "s3cret").split(" ");
  }

  test("succeeds, leaves nothing behind, and tells nobody", async () => {
    const server = await start();
    const store = open(server.url);
    const heard: (number | null)[] = [];
    await store.changes("genesis", (revision) => void heard.push(revision));
    await Promise.all([store.ping("genesis"), store.ping("genesis"), store.ping("shop")]);
    expect(await server.call("KEYS", "*probe*")).toEqual([]);
    await store.transact("genesis", count("a"));
    await store.ping("genesis");
    expect(await countedIn(store, "genesis")).toBe(1);
    expect(heard).toEqual([2]);
  });

  const FAILURES: readonly (readonly [string, RegExp, (server: RedisServer) => Promise<unknown>])[] = [
    ["out of memory", /OOM/, (server) => server.call("CONFIG", "SET", "maxmemory", "1")],
    [
      "without enough replicas",
      /NOREPLICAS/,
      (server) => server.call("CONFIG", "SET", "min-replicas-to-write", "1"),
    ],
    [
      "a replica",
      /READONLY|MASTERDOWN/,
      async (server) => server.call("REPLICAOF", "127.0.0.1", await freePort()),
    ],
    [
      "unable to save",
      /MISCONF/,
      async (server) => {
        await server.call("CONFIG", "SET", "save", "3600 1");
        const [, directory] = (await server.call("CONFIG", "GET", "dir")) as [string, string];
        // In its way.
        await mkdir(join(directory, "dump.rdb"));
        await server.call("BGSAVE");
        await until(
          "the save to fail",
          async () => String(await server.call("INFO", "persistence")),
          (info) => info.includes("rdb_last_bgsave_status:err"),
        );
      },
    ],
  ];
  test.each(FAILURES)("says why nothing can be committed to a Redis that is %s", async (_, why, make) => {
    const server = await start();
    const store = open(server.url);
    await store.transact("genesis", count("a"));
    await store.ping("genesis");
    await make(server);
    await expect(store.ping("genesis")).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(why),
    });
    await expect(store.transact("genesis", note)).rejects.toMatchObject({ code: "store_unavailable" });
  });

  test("and everything else goes with the user that the documentation makes", async () => {
    const server = await start();
    const [command = "", ...args] = await documentedUser();
    await server.call(command, ...args);
    const store = open(userOf(server));
    const heard = new Promise<number | null>((resolve, reject) => {
      store.changes("genesis", resolve).then(() => store.transact("genesis", count("a")), reject);
    });
    expect(await heard).toBe(2);
    await store.ping("genesis");
    expect(await countedIn(store, "genesis")).toBe(1);
    expect(await store.outbox.depth("genesis")).toMatchObject({ waiting: 1 });
    expect(await store.trim("genesis", 1)).toMatchObject({ trimmed: 1 });
    expect(await store.events("genesis", { limit: 9 })).toHaveLength(1);
    // Not by this user: it would be another's data.
    await expect(server.call("ACL", "DRYRUN", "rollguard", "FLUSHALL")).resolves.toMatch(/no permissions/);
    await expect(server.call("ACL", "DRYRUN", "rollguard", "GET", "other")).resolves.toMatch(
      /no permissions/,
    );
  });

  test.each([
    "resetchannels",
    "-eval",
    "-evalsha",
    "-publish",
    "-xadd",
    "-hset",
    "-hdel",
    "-del",
    "-set",
    "-time",
    "resetkeys",
  ])("names the rights that are needed where the user has not all of them: %s", async (missing) => {
    const server = await start();
    const [command = "", ...args] = await documentedUser();
    await server.call(command, ...args, missing);
    await expect(open(userOf(server)).ping("genesis")).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/ACL SETUSER <user> .*&rollguard:\*/),
    });
    expect(
      await server.call("EXISTS", ...["hash", "stream"].map((of) => `rollguard:{genesis}:probe:${of}`)),
    ).toBe(0);
  });

  test("gives an application that is empty its epoch, so that it is missed should it go", async () => {
    const server = await start();
    const [early, other] = [open(server.url), open(server.url)];
    await early.ping("genesis");
    await other.transact("genesis", count("a"));
    await server.call("FLUSHALL");
    // It has read nothing since.
    await expect(early.read("genesis")).rejects.toThrow(/was emptied or replaced/);
    await expect(early.ping("genesis")).rejects.toThrow(/was emptied or replaced/);
  });

  test("is not needed for that: who reads before and after the first commit elsewhere knows it too", async () => {
    const server = await start();
    const [early, other] = [open(server.url), open(server.url)];
    await early.read("genesis");
    // Nothing is written yet, but it is begun.
    await other.transact("genesis", () => ({ changes: [], events: [], messages: [] }));
    await early.read("genesis");
    await server.call("FLUSHALL");
    await expect(early.read("genesis")).rejects.toThrow(/was emptied or replaced/);
  });
});
