import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { count, countedIn, countingObserver, note } from "./works.ts";

const PARTS = ["meta", "state", "events", "outbox"];
const EVERYTHING = Number.MAX_SAFE_INTEGER;

const keyOf = (part: string): string => `rollguard:{genesis}:${part}`;

/** Trimming is no loss, and does not hide one. */
describe("a Redis whose ledger was trimmed", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  const start = (): Promise<RedisServer> => running.start(startRedis());

  function open(server: RedisServer): StateStore {
    const store = createRedisStore({ url: server.url, observer: countingObserver() });
    running.add(() => store.close());
    return store;
  }

  async function stepsOf(store: StateStore, steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await store.transact("genesis", count("here"));
  }

  /** Goes back to what there was before: what a failover leaves when the replica lacks the last writes. */
  async function losing(server: RedisServer, lost: () => Promise<unknown>): Promise<void> {
    for (const part of PARTS) await server.call("COPY", keyOf(part), `${keyOf(part)}:replica`);
    await lost();
    for (const part of PARTS) {
      await server.call("DEL", keyOf(part));
      await server.call("RENAME", `${keyOf(part)}:replica`, keyOf(part));
    }
  }

  test("keeps its count beside the revision, and nothing of what left", async () => {
    const server = await start();
    const store = open(server);
    await stepsOf(store, 3);
    expect(await server.call("HGET", keyOf("meta"), "trimmed")).toBeNull();
    expect(await store.ledger("genesis")).toEqual({ first: 1, last: 6, trimmed: 0, archive: null });
    await store.trim("genesis", 4);
    expect(await server.call("HGET", keyOf("meta"), "trimmed")).toBe("4");
    expect(await server.call("XLEN", keyOf("events"))).toBe(2);
  });

  test("goes on after a failover that lost the trim: it is done again, and counted once", async () => {
    const server = await start();
    const [store, other] = [open(server), open(server)];
    await stepsOf(store, 3);
    await losing(server, () => store.trim("genesis", 4));
    expect(await other.ledger("genesis")).toMatchObject({ first: 1, trimmed: 0 });
    expect(await other.trim("genesis", EVERYTHING)).toMatchObject({ first: 6, trimmed: 5 });
    await store.transact("genesis", note);
    expect(await countedIn(store, "genesis")).toBe(3);
  });

  test("that lost commits is refused by who has seen them, though all before them has left", async () => {
    const server = await start();
    const [writer, other] = [open(server), open(server)];
    await stepsOf(writer, 3);
    await other.read("genesis");
    await losing(server, () => stepsOf(writer, 1));
    // The lost commit's revision is there again, with another content, and then nothing older is.
    await stepsOf(other, 2);
    await other.trim("genesis", 7);
    await expect(writer.read("genesis")).rejects.toThrow(/another history/);
    await expect(writer.trim("genesis", EVERYTHING)).rejects.toMatchObject({ code: "store_unavailable" });
    await other.read("genesis");
  });

  test("by somebody else's hand, beyond what was counted, is refused by who has seen that", async () => {
    const server = await start();
    const [seen, other] = [open(server), open(server)];
    await stepsOf(other, 2);
    await seen.read("genesis");
    await stepsOf(other, 2);
    await other.trim("genesis", 2);
    await server.call("XTRIM", keyOf("events"), "MAXLEN", 1);
    await expect(seen.read("genesis")).rejects.toThrow(/another history/);
    // To who has seen the newest commit nothing is missing, and what is there is counted on.
    expect(await other.ledger("genesis")).toMatchObject({ first: 8, last: 8 });
    await stepsOf(other, 1);
    expect(await other.trim("genesis", EVERYTHING)).toMatchObject({ first: 10, trimmed: 9 });
  });

  test("and emptied, or robbed of its ledger, is refused as ever", async () => {
    const server = await start();
    const store = open(server);
    await stepsOf(store, 3);
    await store.trim("genesis", EVERYTHING);
    await server.call("DEL", keyOf("events"));
    await expect(open(server).trim("genesis", EVERYTHING)).rejects.toThrow(/lost some of its keys/);
    await expect(open(server).ledger("genesis")).rejects.toThrow(/lost some of its keys/);
    await server.call("FLUSHALL");
    await expect(store.ledger("genesis")).rejects.toThrow(/emptied or replaced/);
  });
});
