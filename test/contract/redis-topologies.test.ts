import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { startSentinel } from "../support/redis-sentinel.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { count, countedIn, countingObserver } from "./works.ts";

// A node that never met another one does not know its own address.
const CLUSTER = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"];

describe("a Redis that is more than one server", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  function open(url: string): StateStore {
    const store = createRedisStore({ url, observer: countingObserver(), commandTimeout: 1_000 });
    running.add(() => store.close());
    return store;
  }

  /** A round of everything, with several applications and concurrently. */
  async function expectToWork(url: string): Promise<StateStore> {
    const [store, other] = [open(url), open(url)];
    const heard = new Promise<number | null>((resolve, reject) => {
      other.changes("one", resolve).then(async () => {
        const names = ["one", "two", "three", "four"];
        const steps = names.flatMap((name) => [
          store.transact(name, count("a")),
          other.transact(name, count("b")),
        ]);
        await Promise.all(steps);
      }, reject);
    });
    expect(await heard).toBe(2);
    for (const name of ["one", "two", "three", "four"]) {
      await until(
        name,
        () => store.read(name),
        ({ revision }) => revision === 4,
        { every: 5 },
      );
      expect(await countedIn(store, name)).toBe(2);
    }
    return store;
  }

  test("a cluster keeps each application on one node", async () => {
    const node = await running.start(startRedis({ args: CLUSTER }));
    await node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
    await until(
      "the cluster to be up",
      () => node.call("CLUSTER", "INFO"),
      (info) => /cluster_state:ok/.test(String(info)),
    );
    const store = await expectToWork(`redis+cluster://127.0.0.1:${node.port}`);
    await node.kill();
    await expect(store.transact("one", count("a"))).rejects.toMatchObject({ code: "store_unavailable" });
  });

  test("sentinels lead to the primary, and to the next one after a failover", async () => {
    const primary = await running.start(startRedis());
    const replica = await running.start(
      startRedis({ args: ["--replicaof", "127.0.0.1", `${primary.port}`] }),
    );
    const sentinel = await running.start(startSentinel({ master: "rollguard", port: primary.port }));
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/rollguard?db=3`;
    const store = await expectToWork(url);
    expect(await primary.call("INFO", "keyspace")).toMatch(/db3:/);

    await until(
      "the replica to have everything",
      () => replica.call("INFO", "keyspace"),
      (keyspace) => /db3:keys=\d{2}/.test(String(keyspace)),
    );
    await until(
      "sentinel to know the replica",
      () => sentinel.call("SENTINEL", "replicas", "rollguard"),
      (replicas) => (replicas as unknown[]).length === 1,
    );
    await primary.kill();
    await sentinel.call("SENTINEL", "failover", "rollguard");
    const { revision } = await until(
      "a transaction on the next primary",
      () => store.transact("one", count("after")),
      () => true,
      { onFailure: sentinel.output },
    );
    expect(revision).toBe(6);
    expect(await replica.call("INFO", "replication")).toMatch(/role:master/);
  });
});
