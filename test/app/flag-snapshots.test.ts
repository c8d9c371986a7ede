import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { policyOf } from "../support/policies.ts";
import { storeWith } from "../support/store-with.ts";
import { until } from "../support/until.ts";
import { ANY, away, hanging, MAX_STALE, memory, type Serving, shop, shown, startServing } from "./serving.ts";

let serving: Serving;
beforeEach(async () => {
  serving = await startServing();
});
afterEach(() => serving.stop());

describe("what is served", () => {
  it("follows each announcement, and tells who listens; an event that moved no flag tells nobody", async () => {
    const snapshots = serving.serve();
    const told: (boolean | undefined)[] = [];
    const unsubscribe = await snapshots.subscribe("shop", (served) =>
      told.push(shown(served, "search", serving.now)),
    );
    await serving.set("search", false);
    await until(
      "the change",
      () => told,
      ([value]) => value === false,
    );
    await serving.set("search", false);
    await snapshots.atLeast("shop", 2);
    unsubscribe();
    await serving.set("search", true);
    await snapshots.atLeast("shop", 3);
    expect(told).toEqual([false]);
    expect(shown(await snapshots.get("shop"), "search", serving.now)).toBe(true);
    expect(await snapshots.get("nobody")).toBeUndefined();
  });

  it("is looked at again though no announcement came", async () => {
    const deaf = storeWith(serving.store, { changes: async () => async () => undefined });
    const snapshots = serving.serve({ store: deaf, lookAgain: 20 });
    snapshots.start();
    expect(shown(await snapshots.get("shop"), "search", serving.now)).toBe(true);
    await serving.set("search", false);
    await until(
      "the change",
      async () => shown(await snapshots.get("shop"), "search", serving.now),
      (value) => value === false,
    );
  });

  it("is announced again once announcements can be had", async () => {
    let attempts = 0;
    const changes: StateStore["changes"] = (application, listener) => {
      attempts += 1;
      return attempts < 3 ? away() : serving.store.changes(application, listener);
    };
    const snapshots = serving.serve({ store: storeWith(serving.store, { changes }), lookAgain: 20 });
    snapshots.start();
    await until(
      "a subscription",
      () => attempts,
      (count) => count === 3,
    );
    await serving.set("search", false);
    await until(
      "the change",
      async () => shown(await snapshots.get("shop"), "search", serving.now),
      (value) => value === false,
    );
  });

  it("comes from policies that were reloaded", async () => {
    const policies = new Policies([shop]);
    const snapshots = serving.serve({ policies });
    await snapshots.get("shop");
    const told: number[] = [];
    await snapshots.subscribe("shop", ({ set }) => told.push(set.flags.size));
    policies.replace([{ ...policyOf({ flags: [{ key: "new" }] }), serving: shop.serving }]);
    expect(shown(await snapshots.get("shop"), "new", serving.now)).toBe(true);
    await snapshots.atLeast("shop", ANY);
    expect(told).toEqual([2]);
    policies.replace([]);
    expect(await snapshots.get("shop")).toBeUndefined();
    expect(await snapshots.all()).toEqual([]);
  });

  it("goes on to others when a listener throws", async () => {
    const snapshots = serving.serve();
    let told = 0;
    await snapshots.subscribe("shop", () => {
      throw new Error("broken");
    });
    await snapshots.subscribe("shop", () => {
      told += 1;
    });
    await serving.set("search", false);
    expect((await snapshots.atLeast("shop", ANY))?.knowledge).toBe("fresh");
    expect(told).toBe(1);
    expect(serving.warnings).toEqual(["error: a listener to flags failed"]);
  });

  it("starves nobody who waits, however many ask meanwhile", async () => {
    const slow = storeWith(serving.store, {
      read: async (application) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        return await serving.store.read(application);
      },
    });
    const snapshots = serving.serve({ store: slow });
    await snapshots.get("shop");
    let waiting = true;
    const first = snapshots.atLeast("shop", ANY).then(() => {
      waiting = false;
    });
    const asking = setInterval(() => void snapshots.atLeast("shop", ANY), 1);
    await until(
      "an answer",
      () => waiting,
      (still) => !still,
    );
    clearInterval(asking);
    await first;
  });
});

describe("without the store", () => {
  it("that never answers, the first asks for a second and is served what is safe; so is the one with another revision", async () => {
    const snapshots = serving.serve({ store: storeWith(serving.store, { read: hanging, changes: hanging }) });
    const served = await snapshots.get("shop");
    expect(served?.knowledge).toBe("lost");
    expect([shown(served, "search", serving.now), shown(served, "pay", serving.now)]).toEqual([false, true]);
    // Nothing is waited for the second time: it is there before any timer.
    const timer = new Promise((resolve) => setTimeout(() => resolve("a timer"), 500));
    expect(await Promise.race([snapshots.get("shop"), timer])).toBe(served);
    expect((await snapshots.atLeast("shop", 7))?.knowledge).toBe("lost");
  });

  it("flags stay as they were, are lost after maxStale, and are told of that; and come back", async () => {
    let read: StateStore["read"] = (application) => serving.store.read(application);
    const snapshots = serving.serve({
      store: storeWith(serving.store, { read: (application) => read(application) }),
    });
    await snapshots.get("shop");
    const told: string[] = [];
    await snapshots.subscribe("shop", ({ knowledge }) => told.push(knowledge));
    read = away;
    const stale = await snapshots.atLeast("shop", ANY);
    expect([stale?.knowledge, shown(stale, "search", serving.now)]).toEqual(["stale", true]);
    serving.now += MAX_STALE - 1;
    expect((await snapshots.atLeast("shop", ANY))?.knowledge).toBe("stale");
    serving.now += 1;
    const lost = await snapshots.atLeast("shop", ANY);
    expect([lost?.knowledge, shown(lost, "search", serving.now), shown(lost, "pay", serving.now)]).toEqual([
      "lost",
      false,
      true,
    ]);
    read = (application) => serving.store.read(application);
    expect(shown(await snapshots.atLeast("shop", ANY), "search", serving.now)).toBe(true);
    expect(told).toEqual(["lost", "fresh"]);
    expect(serving.warnings).toEqual([
      "flags are served as they were last known",
      expect.stringContaining("longer than serving.maxStale"),
    ]);
  });

  it("a start takes what was kept, and its age counts", async () => {
    const keeper = memory();
    await serving.set("pay", false);
    const before = serving.serve({ keeper });
    await before.get("shop");
    serving.now += 10;
    await before.atLeast("shop", ANY);
    await before.stop();
    // As old as the last answer, though nothing had changed since.
    expect(keeper.kept.at(-1)).toMatchObject({ knownAt: serving.now, revision: 1 });

    const without = storeWith(serving.store, { read: away, changes: away });
    const after = await serving.serve({ keeper, store: without }).get("shop");
    expect([after?.knowledge, after?.set.revision]).toEqual(["stale", 1]);
    expect([shown(after, "search", serving.now), shown(after, "pay", serving.now)]).toEqual([true, false]);
    serving.now += MAX_STALE;
    const late = await serving.serve({ keeper, store: without }).get("shop");
    expect(late?.knowledge).toBe("lost");
    expect([shown(late, "search", serving.now), shown(late, "pay", serving.now)]).toEqual([false, false]);
    // Kept by a clock that was ahead, they do not last for longer.
    serving.now -= 10 * MAX_STALE;
    expect((await serving.serve({ keeper, store: without }).get("shop"))?.knownAt).toBe(serving.now);
  });

  it("a disk that hangs or fails delays and breaks nothing", async () => {
    const stuck = serving.serve({ keeper: { read: hanging, write: hanging } });
    expect(shown(await stuck.get("shop"), "search", serving.now)).toBe(true);
    await serving.set("search", false);
    expect(shown(await stuck.atLeast("shop", ANY), "search", serving.now)).toBe(false);
    const broken = serving.serve({ keeper: { read: away, write: away } });
    await serving.set("search", true);
    await broken.get("shop");
    await serving.set("search", false);
    expect(shown(await broken.atLeast("shop", ANY), "search", serving.now)).toBe(false);
    await broken.stop();
    expect(serving.warnings).toEqual([
      "kept flags cannot be read",
      "flags cannot be kept for a start without the store",
    ]);
  });

  it("that has begun again behind what was kept, the log tells", async () => {
    const keeper = memory();
    keeper.kept.push({ revision: 9, knownAt: serving.now, flags: new Map() });
    expect((await serving.serve({ keeper }).get("shop"))?.set.revision).toBe(0);
    expect(serving.warnings).toEqual([expect.stringContaining("an older revision than was kept")]);
  });
});
