import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { StateStore, StoreObserver } from "../../src/app/ports.ts";
import { emptyState, type StateChange } from "../../src/domain/state.ts";
import {
  backupWith,
  bakeWith,
  pastWith,
  rollbackWith,
  rolloutWith,
  stormWith,
  unchangedWith,
  verificationWith,
} from "./states.ts";
import { describeLedger } from "./store-contract-ledger.ts";
import { describeModel } from "./store-contract-model.ts";
import { describeNotes } from "./store-contract-notes.ts";
import { describeOutbox } from "./store-contract-outbox.ts";
import { describeProcesses } from "./store-contract-processes.ts";
import { describeChanges, describeReading } from "./store-contract-reading.ts";
import { count, countedIn, countingObserver, event, flagState, message, NOTHING } from "./works.ts";

export interface StoreHarness {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Opens a store on the data of this harness. */
  open(observer?: StoreObserver): StateStore;
  /** What `store-child.ts` needs to open it too. */
  place(): string;
  /** Commits are announced to other stores too, not only to the one that commits. */
  readonly announcesToAll: boolean;
}

export interface OpenedStores {
  /** Opens a store that is closed after the test. */
  open(observer?: StoreObserver): StateStore;
  place(): string;
  /** A name that no other test uses. */
  application(): string;
}

/** What every store promises, whatever it is made of. */
export function describeStore(name: string, harness: StoreHarness): void {
  describe(`the ${name} store`, () => {
    const opened: StateStore[] = [];
    let applications = 0;
    const stores: OpenedStores = {
      open: (observer) => {
        const store = harness.open(observer);
        opened.push(store);
        return store;
      },
      place: harness.place,
      application: () => `application-${++applications}`,
    };
    beforeAll(harness.start);
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });
    afterAll(harness.stop);

    describeTransactions(stores);
    describeNotes(stores, harness.announcesToAll);
    describeReading(stores);
    describeLedger(stores);
    describeChanges(stores, harness.announcesToAll);
    describeOutbox(stores);
    describeProcesses(stores);
    describeModel(stores);
  });
}

function describeTransactions({ open, application }: OpenedStores): void {
  test("keeps what was committed, each field of it, across stores", async () => {
    const name = application();
    const alert = { fingerprint: "f", name: "Slow", tier: "phase" as const, startsAt: 2, receivedAt: 3 };
    const times = { startsAt: 2, endedAt: 3, heardAt: 4 };
    const ended = { ...times, rollback: "rb-1", acknowledged: false, isLateTold: false };
    const changes: StateChange[] = [
      { kind: "flag", key: "a", value: flagState(25.25) },
      { kind: "raised", key: "a", value: { at: 4, by: "alice" } },
      { kind: "alert", key: "f1", value: alert },
      { kind: "alert", key: "f2", value: alert },
      { kind: "kept", key: "k1", value: { ...alert, why: "cooldown" } },
      { kind: "kept", key: "k2", value: { ...alert, why: "unrelated" } },
      { kind: "pulse", key: "k1", value: { startsAt: 5, quietSince: 6 } },
      { kind: "ended", key: "e1", value: ended },
      { kind: "rollback", value: rollbackWith("a") },
      { kind: "verification", value: verificationWith("a") },
      { kind: "past", value: [pastWith("a"), pastWith("b")] },
      { kind: "storm", value: stormWith("a") },
      { kind: "snapshot", value: new Map([["a", { enabled: true, rolloutPercentage: 50 }]]) },
      { kind: "rollout", value: rolloutWith("a") },
      { kind: "bake", value: bakeWith("a") },
      { kind: "backup", value: backupWith("a") },
      { kind: "watchdog", value: 1_790_000_000_123 },
      { kind: "unchanged", value: [unchangedWith("a")] },
      { kind: "summary", value: { day: "2026-11-21", leasedUntil: 7, sent: true } },
      { kind: "notices", value: [{ reason: "truncated", about: "r", at: 5 }] },
    ];
    const store = open();
    const first = await store.transact(name, () => ({ changes, events: [event("a")], messages: [] }));
    expect(first).toMatchObject({ base: 0, revision: 1 });
    const expected = {
      revision: 1,
      flags: new Map([["a", flagState(25.25)]]),
      raised: new Map([["a", { at: 4, by: "alice" }]]),
      alerts: new Map([
        ["f1", alert],
        ["f2", alert],
      ]),
      kept: new Map([
        ["k1", { ...alert, why: "cooldown" }],
        ["k2", { ...alert, why: "unrelated" }],
      ]),
      pulses: new Map([["k1", { startsAt: 5, quietSince: 6 }]]),
      ended: new Map([["e1", ended]]),
      rollback: rollbackWith("a"),
      verification: verificationWith("a"),
      past: [pastWith("a"), pastWith("b")],
      storm: stormWith("a"),
      snapshot: new Map([["a", { enabled: true, rolloutPercentage: 50 }]]),
      rollout: rolloutWith("a"),
      bake: bakeWith("a"),
      backup: backupWith("a"),
      watchdog: 1_790_000_000_123,
      unchanged: [unchangedWith("a")],
      summary: { day: "2026-11-21", leasedUntil: 7, sent: true },
      notices: [{ reason: "truncated", about: "r", at: 5 }],
    };
    expect(await store.read(name)).toEqual(expected);
    expect(await open().read(name)).toEqual(expected);

    const removals: StateChange[] = [
      { kind: "alert", key: "f1", value: null },
      { kind: "kept", key: "k1", value: null },
      { kind: "pulse", key: "k1", value: null },
      { kind: "ended", key: "e1", value: null },
      { kind: "rollback", value: null },
      { kind: "verification", value: null },
      { kind: "past", value: [] },
      { kind: "storm", value: null },
      { kind: "snapshot", value: null },
      { kind: "rollout", value: null },
      { kind: "bake", value: null },
      { kind: "backup", value: null },
      { kind: "watchdog", value: null },
      { kind: "unchanged", value: [] },
      { kind: "summary", value: null },
      { kind: "notices", value: [] },
    ];
    await store.transact(name, () => ({ changes: removals, events: [event("b"), event("c")], messages: [] }));
    const { flags, raised } = expected;
    const rest = {
      ...emptyState(),
      ...{ revision: 3, flags, raised },
      alerts: new Map([["f2", alert]]),
      kept: new Map([["k2", { ...alert, why: "unrelated" }]]),
    };
    expect(await store.read(name)).toEqual(rest);
    expect(await open().read(name)).toEqual(rest);
  });

  test("of several changes of one field the last one counts", async () => {
    const name = application();
    const changes: StateChange[] = [
      { kind: "flag", key: "a", value: flagState(1) },
      {
        kind: "alert",
        key: "f",
        value: { fingerprint: "f", name: "Slow", tier: "flag", startsAt: 0, receivedAt: 0 },
      },
      { kind: "flag", key: "a", value: flagState(2) },
      { kind: "alert", key: "f", value: null },
    ];
    const store = open();
    await store.transact(name, () => ({ changes, events: [event("a")], messages: [] }));
    for (const from of [store, open()]) {
      const state = await from.read(name);
      expect([...state.flags]).toEqual([["a", flagState(2)]]);
      expect(state.alerts.size).toBe(0);
    }
  });

  test("200 concurrent transactions lose none, and revisions have no gaps", async () => {
    const name = application();
    const observer = countingObserver();
    const store = open(observer);
    const committed = await Promise.all(
      Array.from({ length: 200 }, (_, index) => store.transact(name, count(`t${index}`))),
    );
    expect(committed.map(({ base }) => base)).toEqual(committed.map((_, index) => 2 * index));
    expect(await countedIn(store, name)).toBe(200);
    // They waited for each other here, not at the lock.
    expect(observer.conflicts).toBe(0);
    expect(observer.waits).toHaveLength(200);
    expect(observer.transactions).toHaveLength(200);
  });

  test("applications do not see each other", async () => {
    const names = [application(), application(), application()];
    const store = open();
    await Promise.all(
      names.flatMap((name, index) =>
        Array.from({ length: index + 1 }, () => store.transact(name, count("a"))),
      ),
    );
    for (const [index, name] of names.entries()) expect(await countedIn(store, name)).toBe(index + 1);
  });

  test("work without events commits nothing", async () => {
    const name = application();
    const store = open();
    expect(await store.transact(name, () => NOTHING)).toEqual({ work: NOTHING, base: 0, revision: 0 });
    await store.transact(name, count("a"));
    expect(await store.transact(name, () => NOTHING)).toEqual({ work: NOTHING, base: 2, revision: 2 });
    expect(await countedIn(store, name)).toBe(1);
  });

  test("work that throws surfaces its error unchanged, and leaves the lock free", async () => {
    const name = application();
    const observer = countingObserver();
    const store = open(observer);
    const error = new Error("no");
    const failed = store.transact(name, () => {
      throw error;
    });
    const next = store.transact(name, count("a"));
    await expect(failed).rejects.toBe(error);
    await next;
    await open(observer).transact(name, count("b"));
    expect(await countedIn(store, name)).toBe(2);
    expect(observer.conflicts).toBe(0);
  });

  test("a transaction sees what another store has committed since", async () => {
    const name = application();
    const [one, two] = [open(), open()];
    for (let step = 0; step < 5; step++) {
      await one.transact(name, count("one"));
      await two.transact(name, count("two"));
    }
    expect(await countedIn(one, name)).toBe(10);
  });

  const outside = [
    "__proto__",
    "constructor",
    "toString",
    "ключ 🚀",
    "line\r\nbreak *3\r\n$3\r\nDEL",
    "nul\0",
    "a:b}{c",
    "x".repeat(128),
  ];
  test.each(outside)("outside text is a key like any other: %j", async (text) => {
    const name = `${application()} ${text}`;
    const labels = Object.fromEntries([
      [text, text],
      ["plain", "1"],
    ]);
    const alert = { fingerprint: text, name: text, startsAt: 1, labels };
    const told = { ...event(text), alert };
    const changes: StateChange[] = [
      { kind: "flag", key: text, value: flagState(7) },
      {
        kind: "alert",
        key: text,
        value: { fingerprint: text, name: text, tier: "flag", startsAt: 1, receivedAt: 1 },
      },
      { kind: "snapshot", value: backupWith(text).settings },
      { kind: "rollout", value: rolloutWith(text) },
      { kind: "bake", value: bakeWith(text) },
      { kind: "backup", value: backupWith(text) },
    ];
    await open().transact(name, () => ({ changes, events: [told], messages: [message(text)] }));
    const store = open();
    const state = await store.read(name);
    expect([...state.flags]).toEqual([[text, flagState(7)]]);
    expect([...state.alerts.keys()]).toEqual([text]);
    expect(state.snapshot).toEqual(backupWith(text).settings);
    expect(state.rollout).toEqual(rolloutWith(text));
    expect(state.bake).toEqual(bakeWith(text));
    expect(state.backup).toEqual(backupWith(text));
    // Maps of equal content are equal in any order; people read a plan's flags in theirs.
    expect([...(state.rollout?.plan.stages[0]?.flags.keys() ?? [])]).toEqual([text, "off"]);
    expect(await store.events(name, { limit: 9 })).toEqual([{ ...told, revision: 1 }]);
    const [claimed] = await store.outbox.claim(name, { lease: 1_000, limit: 9 });
    expect(claimed?.message).toEqual(message(text));
    await store.transact(name, () => ({
      ...NOTHING,
      changes: [{ kind: "alert", key: text, value: null }],
      events: [told],
    }));
    expect((await open().read(name)).alerts.size).toBe(0);
    expect(Object.prototype).not.toHaveProperty("plain");
  });
}
