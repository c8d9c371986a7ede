import { describe, expect, test } from "@jest/globals";
import type { StateStore, Work } from "../../src/app/ports.ts";
import type { Bake } from "../../src/domain/bake.ts";
import { emptyState, type StateChange } from "../../src/domain/state.ts";
import { backupWith, bakeWith, pastWith, rolloutWith, stormWith, verificationWith } from "./states.ts";
import type { OpenedStores } from "./store-contract.ts";
import { count, countedIn, event, flagState, message, NOTHING, note, notesIn } from "./works.ts";

function noting(value: Bake | null): () => Work {
  return () => ({ ...NOTHING, changes: [{ kind: "bake", value }] });
}

/** What changes without an event, because it only notes what was seen. */
export function describeNotes({ open, application }: OpenedStores, announcesToAll: boolean): void {
  describe("a note", () => {
    test("is kept, leaves the revision, and is seen by every store", async () => {
      const name = application();
      const [one, two] = [open(), open()];
      await one.transact(name, count("a"));
      await two.read(name);
      const changes: StateChange[] = [
        { kind: "bake", value: bakeWith("a") },
        { kind: "verification", value: verificationWith("a") },
        { kind: "watchdog", value: 7 },
      ];
      const work = { ...NOTHING, changes };
      expect(await one.transact(name, () => work)).toEqual({ work, base: 2, revision: 2 });
      for (const store of [one, two, open()]) {
        expect(await store.read(name)).toMatchObject({
          revision: 2,
          bake: bakeWith("a"),
          verification: verificationWith("a"),
          watchdog: 7,
        });
        expect(await countedAgain(store, name)).toBe(1);
      }
    });

    test("is there when its store was closed and opened again", async () => {
      const name = application();
      const store = open();
      await store.transact(name, count("a"));
      await store.transact(name, note);
      await store.close();
      const again = open();
      expect(await again.read(name)).toMatchObject({ revision: 2, watchdog: 1 });
      await again.transact(name, note);
      expect(await again.read(name)).toMatchObject({ revision: 2, watchdog: 2 });
    });

    test("gives way to a later one, from whichever store, and may be taken back", async () => {
      const name = application();
      const [one, two] = [open(), open()];
      await one.transact(name, noting(bakeWith("first")));
      await two.transact(name, noting(bakeWith("second")));
      for (const store of [one, two, open()])
        expect((await store.read(name)).bake).toEqual(bakeWith("second"));
      await one.transact(name, noting(null));
      for (const store of [two, one, open()]) expect((await store.read(name)).bake).toBeNull();
    });

    test("may come before the first event ever, and stays when that has come", async () => {
      const name = application();
      const [one, two] = [open(), open()];
      expect(await one.transact(name, note)).toMatchObject({ base: 0, revision: 0 });
      expect(await two.transact(name, note)).toMatchObject({ base: 0, revision: 0 });
      for (const store of [one, two, open()]) {
        expect(await store.read(name)).toEqual({ ...emptyState(), watchdog: 2 });
        expect(await store.events(name, { limit: 9 })).toEqual([]);
      }
      expect(await one.transact(name, count("a"))).toMatchObject({ base: 0, revision: 2 });
      for (const store of [two, one, open()])
        expect(await store.read(name)).toMatchObject({ revision: 2, watchdog: 2 });
      expect(await countedIn(two, name)).toBe(1);
    });

    test("and what is committed with events come in any order, from two stores", async () => {
      const name = application();
      const [one, two] = [open(), open()];
      const turns: readonly [StateStore, (state: Parameters<typeof note>[0]) => Work][] = [
        [one, note],
        [two, count("two")],
        [two, note],
        [one, count("one")],
        [one, note],
        [one, note],
        [two, note],
        [two, count("two")],
        [one, note],
      ];
      for (let round = 0; round < 3; round++)
        for (const [store, work] of turns) await store.transact(name, work);
      for (const store of [one, two, open()]) {
        expect(notesIn(await store.read(name))).toBe(18);
        expect(await countedAgain(store, name)).toBe(9);
      }
    });

    test("is never lost among many others at the same time", async () => {
      const name = application();
      const [one, two] = [open(), open()];
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          (index % 2 === 0 ? one : two).transact(name, index % 3 === 0 ? count("a") : note),
        ),
      );
      expect(notesIn(await one.read(name))).toBe(66);
      expect(await countedIn(two, name)).toBe(34);
    });

    test("is announced to nobody", async () => {
      const name = application();
      const writer = open();
      const listener = announcesToAll ? open() : writer;
      const heard: (number | null)[] = [];
      const stop = await listener.changes(name, (revision) => void heard.push(revision));
      await writer.transact(name, note);
      await writer.transact(name, count("a"));
      await writer.transact(name, note);
      const second = new Promise<void>((resolve) => {
        void listener
          .changes(name, (revision) => revision === 4 && resolve())
          .then(async () => {
            await writer.transact(name, count("a"));
          });
      });
      await second;
      expect(heard).toEqual([2, 4]);
      await stop();
    });

    const others: readonly StateChange[] = [
      { kind: "flag", key: "a", value: flagState(1) },
      { kind: "alert", key: "a", value: null },
      { kind: "rollback", value: null },
      { kind: "past", value: [pastWith("a")] },
      { kind: "storm", value: stormWith("a") },
      { kind: "snapshot", value: new Map() },
      { kind: "rollout", value: rolloutWith("a") },
      { kind: "backup", value: backupWith("a") },
    ];
    const noted: StateChange = { kind: "watchdog", value: 1 };
    const silent: readonly [what: string, Work][] = [
      ...others.map((change): [string, Work] => [change.kind, { ...NOTHING, changes: [change] }]),
      [
        "flag beside a note",
        { ...NOTHING, changes: [noted, { kind: "flag", key: "a", value: flagState(1) }] },
      ],
      ["message", { ...NOTHING, messages: [message("r1")] }],
      ["message beside a note", { ...NOTHING, changes: [noted], messages: [message("r1")] }],
    ];
    test.each(silent)(
      "is all that needs no event: a %s is refused without, and nothing is written",
      async (_, work) => {
        const name = application();
        const store = open();
        await expect(store.transact(name, () => work)).rejects.toThrow(TypeError);
        expect(await store.read(name)).toEqual(emptyState());
        expect(await store.outbox.claim(name, { lease: 1, limit: 9 })).toEqual([]);
        await open().transact(name, () => ({ ...work, events: [event("a")] }));
        expect((await store.read(name)).revision).toBe(1);
      },
    );
  });
}

/** As `countedIn`, which can be asked once only: it claims the messages. */
async function countedAgain(store: StateStore, name: string): Promise<number> {
  const { revision } = await store.read(name);
  expect(await store.events(name, { limit: 1_000 })).toHaveLength(revision);
  return revision / 2;
}
