import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore, type RedisStoreOptions } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { type Sentinel, startSentinel } from "../support/redis-sentinel.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { count, countedIn, countingObserver } from "./works.ts";

const MASTER = "rollguard";

describe("sentinels that make a replica the primary", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  interface Group {
    readonly primary: RedisServer;
    readonly replica: RedisServer;
    readonly sentinels: readonly [Sentinel, ...Sentinel[]];
    readonly url: string;
  }

  async function startGroup(count: number): Promise<Group> {
    const primary = await running.start(startRedis({ args: ["--repl-diskless-sync-delay", "0"] }));
    const replica = await running.start(
      startRedis({ args: ["--replicaof", "127.0.0.1", `${primary.port}`] }),
    );
    // Sentinels look at it once at their start, and then every ten seconds.
    await until(
      "the replica to follow",
      () => replica.call("ROLE"),
      (role) => String(role).includes("connected"),
      { every: 5 },
    );
    const start = (): Promise<Sentinel> =>
      running.start(startSentinel({ master: MASTER, port: primary.port }));
    const sentinels: [Sentinel, ...Sentinel[]] = [await start()];
    while (sentinels.length < count) sentinels.push(await start());
    for (const sentinel of sentinels)
      await until(
        "a sentinel to know the others, and a replica that it can promote",
        async () => ({
          others: (await sentinel.call("SENTINEL", "sentinels", MASTER)) as unknown[],
          replicas: String(await sentinel.call("SENTINEL", "replicas", MASTER)),
        }),
        ({ others, replicas }) => others.length === count - 1 && /master-link-status,ok/.test(replicas),
      );
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
    return { primary, replica, sentinels, url: `redis+sentinel://${hosts}/${MASTER}` };
  }

  function open(url: string, options: Partial<RedisStoreOptions> = {}): StateStore {
    const store = createRedisStore({ url, observer: countingObserver(), ...options });
    running.add(() => store.close());
    return store;
  }

  const roleOf = async (server: RedisServer): Promise<unknown> =>
    ((await server.call("ROLE")) as unknown[])[0];

  const toHave = (replica: RedisServer): Promise<unknown> =>
    until(
      "the replica to have it",
      () => replica.call("EXISTS", "rollguard:{genesis}:meta"),
      (exists) => exists === 1,
      { every: 5 },
    );

  /** What the next primary has in its ledger. */
  async function actorsIn({ url }: RedisServer): Promise<Set<string>> {
    const store = open(url);
    await countedIn(store, "genesis");
    return new Set((await store.events("genesis", { limit: 10_000 })).map(({ actor }) => actor));
  }

  test.each([1, 3])("are followed while the demoted one still takes writes: %d of them", async (count_) => {
    const { primary, replica, sentinels, url } = await startGroup(count_);
    const store = open(url);
    const heard: (number | null)[] = [];
    await store.changes("genesis", (revision) => void heard.push(revision));
    await store.transact("genesis", count("before"));
    await until(
      "the announcement",
      () => heard,
      ([first]) => first === 2,
      { every: 5 },
    );
    await toHave(replica);
    // The last one: it is not the first that is asked.
    await sentinels.at(-1)?.call("SENTINEL", "FAILOVER", MASTER);
    await Promise.all(sentinels.map((sentinel) => sentinel.switched()));
    await until(
      "nobody of ours to be at the demoted one",
      () => primary.call("CLIENT", "LIST", "TYPE", "NORMAL"),
      (clients) => !/cmd=(evalsha|eval|subscribe)/.test(String(clients)),
      { every: 5 },
    );
    await until(
      "no subscription at the demoted one",
      () => primary.call("PUBSUB", "CHANNELS", "rollguard*"),
      (channels) => (channels as unknown[]).length === 0,
      { every: 5 },
    );
    // Nobody was sent away: it would have acknowledged, and forgotten, for seconds more.
    expect(await roleOf(primary)).toBe("master");
    await until(
      "a transaction",
      () => store.transact("genesis", count("after")),
      () => true,
      { every: 5 },
    );
    await until(
      "to be told, or to read again",
      () => heard,
      ({ length }) => length > 1,
      { every: 5 },
    );
    expect(await actorsIn(replica)).toEqual(new Set(["before", "after"]));
  });

  test("lose nothing that was acknowledged, at any moment, when replicas are waited for", async () => {
    const { primary, replica, sentinels, url } = await startGroup(1);
    const [sentinel] = sentinels;
    const store = open(url, { waitReplicas: 1 });
    const acknowledged: string[] = [];
    const refused: string[] = [];
    let step = 0;
    const transact = async (): Promise<void> => {
      const actor = `t${++step}`;
      const outcome = store.transact("genesis", count(actor));
      await outcome.then(
        () => acknowledged.push(actor),
        (error: Error) => refused.push(error.message),
      );
    };
    await until("the first", transact, () => acknowledged.length > 0);
    const switching = sentinel.call("SENTINEL", "FAILOVER", MASTER).then(() => sentinel.switched());
    let switched = false;
    void switching.then(() => {
      switched = true;
    });
    for (const until = Date.now() + 20_000; !switched && Date.now() < until; ) {
      await transact();
      // Without a connection it fails at once, and nothing else would ever run.
      await nextTurn();
    }
    // What the sentinel does some ten seconds later.
    await primary.call("REPLICAOF", "127.0.0.1", replica.port);
    const before = acknowledged.length;
    await until("the next ones", transact, () => acknowledged.length > before + 2, { every: 5 });
    expect(refused).toContainEqual(expect.stringMatching(/NOREPLICAS 0 of 1 replicas have it/));
    const actors = await actorsIn(replica);
    expect(acknowledged.filter((actor) => !actors.has(actor))).toEqual([]);
  });

  test("do not have it said twice that something is known when no replica knows it", async () => {
    const { primary, replica, url } = await startGroup(1);
    const store = open(url, { waitReplicas: 1 });
    await until(
      "both",
      () => store.ping(),
      () => true,
    );
    replica.pause();
    await expect(store.transact("genesis", count("a"))).rejects.toThrow(/NOREPLICAS 0 of 1/);
    const nothing = (): Promise<unknown> =>
      store.transact("genesis", () => ({ changes: [], events: [], messages: [] }));
    await expect(nothing()).rejects.toThrow(/NOREPLICAS 0 of 1/);
    await expect(store.ping()).rejects.toThrow(/NOREPLICAS 0 of 1/);
    expect(await countedIn(open(primary.url), "genesis")).toBe(1);
    replica.resume();
    await until("the replica", nothing, () => true);
  });

  test("are followed by who only listens, also when one of them is frozen together with the primary", async () => {
    const { primary, replica, sentinels, url } = await startGroup(2);
    const store = open(url);
    const heard: (number | null)[] = [];
    await store.changes("genesis", (revision) => void heard.push(revision));
    await store.transact("genesis", count("before"));
    await until(
      "the announcement",
      () => heard,
      ({ length }) => length > 0,
      { every: 5 },
    );
    await toHave(replica);
    sentinels[0].pause();
    primary.pause();
    running.add(async () => {
      sentinels[0].resume();
      primary.resume();
    });
    await sentinels.at(-1)?.call("SENTINEL", "FAILOVER", MASTER);
    await until(
      "to be told to read again",
      () => heard,
      (told) => told.includes(null),
    );
    const other = open(replica.url);
    await other.transact("genesis", count("after"));
    await until(
      "the next announcement",
      () => heard.at(-1),
      (last) => last === 4,
      { every: 5 },
    );
    expect(await countedIn(store, "genesis")).toBe(2);
  });

  test("have a password of their own", async () => {
    const primary = await running.start(startRedis());
    const sentinel = await running.start(
      startSentinel({ master: MASTER, port: primary.port, config: ['requirepass "0f-sentinels+&"'] }),
    );
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/${MASTER}`;
    const store = open(`${url}?sentinelPassword=0f-sentinels%2B%26`);
    await store.transact("genesis", count("a"));
    const failure = await open(`${url}?sentinelPassword=wr0ng`)
      .ping()
      .catch((error: Error) => error.message);
    expect(failure).toMatch(/WRONGPASS/);
    expect(failure).not.toMatch(/wr0ng|0f-sent/);
  });
});
