import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore, type RedisStoreOptions } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { count, countedIn, countingObserver, flagState, NOTHING, note, notesIn } from "./works.ts";

const PARTS = ["meta", "state", "events", "outbox"];

const keyOf = (part: string): string => `rollguard:{genesis}:${part}`;

/** Nothing that was rolled back is on again without a person. */
describe("a Redis that lost acknowledged commits", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  const start = (...args: string[]): Promise<RedisServer> => running.start(startRedis({ args }));

  function open(server: RedisServer, options: Partial<RedisStoreOptions> = {}): StateStore {
    const store = createRedisStore({ url: server.url, observer: countingObserver(), ...options });
    running.add(() => store.close());
    return store;
  }

  /** What a failover leaves when the replica lacks the last commits. */
  async function losing(server: RedisServer, lost: () => Promise<unknown>): Promise<void> {
    for (const part of PARTS) await server.call("COPY", keyOf(part), `${keyOf(part)}:replica`);
    await lost();
    for (const part of PARTS) {
      await server.call("DEL", keyOf(part));
      await server.call("RENAME", `${keyOf(part)}:replica`, keyOf(part));
    }
  }

  async function expectRefused(store: StateStore, message: RegExp): Promise<void> {
    const uses = [
      () => store.read("genesis"),
      () => store.transact("genesis", count("refused")),
      () => store.events("genesis", { limit: 1 }),
      () => store.outbox.claim("genesis", { lease: 1, limit: 1 }),
      () => store.ping(),
    ];
    for (const use of uses) await expect(use()).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(store.read("genesis")).rejects.toThrow(message);
  }

  test("is refused by who has seen them, until a restart", async () => {
    const server = await start();
    const [writer, reader, late] = [open(server), open(server), open(server)];
    await writer.transact("genesis", count("kept", 60));
    await late.read("genesis");
    await losing(server, async () => {
      await writer.transact("genesis", count("lost", 0));
      await reader.read("genesis");
    });
    const older = /another history \(revision 2, without the commit at revision 4 .* restart/;
    await expectRefused(reader, older);
    await expectRefused(writer, older);
    // Who has seen nothing of them goes on.
    await late.transact("genesis", count("after"));
    expect(await countedIn(open(server), "genesis")).toBe(2);
  });

  test.each([
    ["again at the same revision", 1],
    ["beyond it already", 3],
  ])("is refused also when its new history is %s", async (_, steps) => {
    const server = await start();
    const [one, two] = [open(server), open(server)];
    await one.transact("genesis", count("kept", 60));
    await losing(server, () => one.transact("genesis", count("lost", 0)));
    for (let step = 0; step < steps; step++) await two.transact("genesis", count("other"));
    await expectRefused(one, /another history/);
    expect(await countedIn(two, "genesis")).toBe(1 + steps);
  });

  test("is refused by who has seen them, with notes in between on both sides of the loss", async () => {
    const server = await start();
    const [writer, reader, late] = [open(server), open(server), open(server)];
    await writer.transact("genesis", note);
    await writer.transact("genesis", count("kept", 60));
    await writer.transact("genesis", note);
    await late.read("genesis");
    await losing(server, async () => {
      await writer.transact("genesis", note);
      await writer.transact("genesis", count("lost", 0));
      await writer.transact("genesis", note);
      await reader.read("genesis");
    });
    // A note in the new history does not make it the one that was seen.
    await late.transact("genesis", note);
    const older = /another history \(revision 2, without the commit at revision 4 .* restart/;
    await expectRefused(reader, older);
    await expectRefused(writer, older);
    await late.transact("genesis", count("after"));
    await late.transact("genesis", note);
    expect(notesIn(await late.read("genesis"))).toBe(4);
    expect(await countedIn(open(server), "genesis")).toBe(2);
  });

  test("is not refused for notes alone: it is asked again what was noted", async () => {
    const server = await start();
    const [writer, reader] = [open(server), open(server)];
    await writer.transact("genesis", count("kept", 60));
    await writer.transact("genesis", note);
    await losing(server, async () => {
      await writer.transact("genesis", note);
      await reader.read("genesis");
    });
    for (const store of [writer, reader, open(server)]) expect(notesIn(await store.read("genesis"))).toBe(1);
    await reader.transact("genesis", note);
    expect(notesIn(await writer.read("genesis"))).toBe(2);
    await writer.transact("genesis", count("after"));
    expect(await countedIn(reader, "genesis")).toBe(2);
  });

  test("is gone on from, without a restart, once they are there again", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("kept", 60));
    await store.transact("genesis", count("lost", 0));
    for (const part of PARTS) await server.call("COPY", keyOf(part), `${keyOf(part)}:other`);
    await server.call("DEL", ...PARTS.map(keyOf));
    const other = open(server);
    for (let step = 0; step < 3; step++) await other.transact("genesis", count("other"));
    await expectRefused(store, /emptied or replaced/);
    await server.call("DEL", ...PARTS.map(keyOf));
    for (const part of PARTS) await server.call("RENAME", `${keyOf(part)}:other`, keyOf(part));
    expect(await countedIn(store, "genesis")).toBe(2);
    await store.ping();
  });

  test("is gone on from, without a restart, once what they turned down is down there too", async () => {
    const server = await start();
    const [store, other] = [open(server), open(server)];
    await store.transact("genesis", count("kept", 60));
    await losing(server, () => store.transact("genesis", count("lost", 0)));
    await expectRefused(store, /another history/);
    await other.transact("genesis", count("other", 30));
    await expectRefused(store, /another history/);
    await other.transact("genesis", count("other", 0));
    expect((await store.read("genesis")).flags.get("feature")).toEqual(flagState(0));
    await store.transact("genesis", count("after"));
    expect(await countedIn(store, "genesis")).toBe(4);
  });

  test("takes from who has seen them what turns down again, and nothing else", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("kept", 60));
    await losing(server, () => store.transact("genesis", count("lost", 0)));
    await expectRefused(store, /another history/);
    for (const work of [count("raised", 70), note, () => NOTHING])
      await expect(store.transact("genesis", work)).rejects.toThrow(/another history/);
    await store.transact("genesis", count("lower", 30));
    await expect(store.read("genesis")).rejects.toThrow(/another history/);
    await store.transact("genesis", count("again", 0));
    await store.ping();
    expect(await countedIn(store, "genesis")).toBe(3);
    await store.transact("genesis", count("raised", 70));
    const actors = (await store.events("genesis", { limit: 10 })).map(({ actor }) => actor);
    expect(actors).toEqual(["kept", "kept", "lower", "lower", "again", "again", "raised", "raised"]);
  });

  test("is not gone on from where a kill switch was turned on that is off there", async () => {
    const server = await start();
    const isKillSwitch = (_: string, flag: string): boolean => flag === "feature";
    const [store, other] = [open(server, { isKillSwitch }), open(server)];
    await store.transact("genesis", count("tried", 100));
    await store.transact("genesis", count("kept", 0));
    await losing(server, () => store.transact("genesis", count("shut down", 100)));
    await expectRefused(store, /another history/);
    // What turns it off takes nothing down, and what turns it on does.
    await expect(store.transact("genesis", count("off", 0))).rejects.toThrow(/another history/);
    await other.transact("genesis", count("other"));
    await expectRefused(store, /another history/);
    await store.transact("genesis", count("shut down again", 100));
    await store.ping();
    expect(await countedIn(store, "genesis")).toBe(4);
  });

  test("is refused also by who has begun since, and knows them from before", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("kept", 60));
    const older = store.newest?.("genesis") ?? undefined;
    await losing(server, () => store.transact("genesis", count("lost", 0)));
    const newest = store.newest?.("genesis") ?? undefined;
    expect(newest).toMatchObject({ epoch: older?.epoch, revision: 4 });
    await expectRefused(open(server, { known: () => newest }), /another history/);
    const restarted = open(server, { known: () => newest });
    await expect(restarted.read("genesis")).rejects.toThrow(/another history/);
    await expect(restarted.transact("genesis", count("again", 0))).resolves.toMatchObject({ revision: 4 });
    // That may not be all that was lost.
    await expectRefused(restarted, /another history/);
    expect(await countedIn(open(server, { known: () => older }), "genesis")).toBe(2);
  });

  test("keeps nobody from the other applications, of which nothing is lost", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("atlas", count("whole"));
    await store.transact("genesis", count("kept", 60));
    await losing(server, () => store.transact("genesis", count("lost", 0)));
    await expectRefused(store, /another history/);
    await store.transact("atlas", count("rolled back"));
    await store.ping("atlas");
    await expect(store.ping("genesis")).rejects.toThrow(/another history/);
    expect(await countedIn(store, "atlas")).toBe(2);
  });

  test("is refused also when notes are all that it had, and it was emptied", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", note);
    await server.call("FLUSHALL");
    await expectRefused(store, /emptied or replaced/);
  });

  test("is refused when it was restarted from an old snapshot", async () => {
    const server = await start("--dbfilename", "dump.rdb");
    const store = open(server);
    await store.transact("genesis", count("kept", 60));
    await server.call("SAVE");
    await store.transact("genesis", count("lost", 0));
    await server.kill();
    await server.start();
    await until(
      "the loss to be noticed",
      () => store.read("genesis").catch((error: Error) => error.message),
      (outcome) => /another history/.test(String(outcome)),
    );
    await expectRefused(store, /another history/);
    expect(await countedIn(open(server), "genesis")).toBe(1);
  });

  test.each(["meta", "state", "events"])("is refused by everybody when only %s is gone", async (part) => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    await store.transact("genesis", note);
    await server.call("DEL", keyOf(part));
    await expectRefused(open(server), /lost some of its keys/);
    await expectRefused(store, part === "meta" ? /emptied or replaced/ : /lost some of its keys/);
    expect(await server.call("EXISTS", keyOf(part))).toBe(0);
    for (const left of PARTS) await server.call("DEL", keyOf(left));
    const restarted = open(server);
    await restarted.transact("genesis", count("again"));
    expect(await countedIn(restarted, "genesis")).toBe(1);
  });

  test("loses nothing more when a key goes during a transaction", async () => {
    const server = await start();
    const store = open(server);
    await store.transact("genesis", count("a"));
    let gone: Promise<unknown> | undefined;
    const outcome = store.transact("genesis", (state) => {
      gone = server.call("DEL", keyOf("state"));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      return count("b")(state);
    });
    await Promise.allSettled([outcome]);
    await gone;
    // Whichever came first: the rest of the state is not taken for all of it.
    await expectRefused(open(server), /lost some of its keys/);
  });

  test("was warned of when it was connected to", async () => {
    const server = await start("--maxmemory-policy", "allkeys-lru");
    const warnings: string[] = [];
    open(server, { warn: (message) => void warnings.push(message) });
    await until(
      "both warnings",
      () => warnings,
      ({ length }) => length === 2,
      { every: 5 },
    );
    expect(warnings).toEqual([expect.stringMatching(/appendonly yes/), expect.stringMatching(/noeviction/)]);
    const safe = await start("--appendonly", "yes");
    const store = open(safe, { warn: (message) => void warnings.push(message) });
    await store.transact("genesis", count("a"));
    await store.ping();
    expect(warnings).toHaveLength(2);
  });
});
