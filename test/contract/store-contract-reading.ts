import { expect, test } from "@jest/globals";
import { emptyState } from "../../src/domain/state.ts";
import type { OpenedStores } from "./store-contract.ts";
import { describeTime } from "./store-contract-time.ts";
import { count, countedIn, NOTHING } from "./works.ts";

/** What others learn of a state: by reading, by its ledger, by announcements. */
export function describeReading(stores: OpenedStores): void {
  const { open, application } = stores;
  describeTime(stores);
  test("an application that nobody has written is empty, and reading does not make it", async () => {
    const name = application();
    const store = open();
    expect(await store.read(name)).toEqual(emptyState());
    expect(await store.events(name, { limit: 10 })).toEqual([]);
    await store.ping();
  });

  test("what was read is the reader's own", async () => {
    const name = application();
    const store = open();
    await store.transact(name, count("a"));
    const read = await store.read(name);
    (read.flags as Map<string, unknown>).clear();
    await store.transact(name, count("a"));
    expect(read.revision).toBe(2);
    expect(read.flags.size).toBe(0);
    expect(await countedIn(store, name)).toBe(2);
  });

  test("events come in pages, from the one behind `after`", async () => {
    const name = application();
    const store = open();
    for (let step = 0; step < 6; step++) await store.transact(name, count("a"));
    const revisions = async (page: { after?: number; limit: number }): Promise<number[]> =>
      (await store.events(name, page)).map(({ revision }) => revision);
    expect(await revisions({ limit: 5 })).toEqual([1, 2, 3, 4, 5]);
    expect(await revisions({ after: 5, limit: 5 })).toEqual([6, 7, 8, 9, 10]);
    expect(await revisions({ after: 10, limit: 5 })).toEqual([11, 12]);
    expect(await revisions({ after: 12, limit: 5 })).toEqual([]);
  });
}

export function describeChanges({ open, application }: OpenedStores, announcesToAll: boolean): void {
  test("commits are announced with their revision, until it is enough", async () => {
    const [name, other] = [application(), application()];
    const [writer, listener] = announcesToAll
      ? [open(), open()]
      : [open()].flatMap((store) => [store, store]);
    if (writer === undefined || listener === undefined) throw new Error("no stores");
    const heard: (number | null)[] = [];
    const heardTwice: (number | null)[] = [];
    let wake = (): void => undefined;
    const stop = await listener.changes(name, (revision) => void heard.push(revision));
    const stopOther = await listener.changes(name, (revision) => {
      heardTwice.push(revision);
      wake();
    });
    const told = async (): Promise<void> => {
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await writer.transact(other, count("a"));
      await writer.transact(name, () => NOTHING);
      await writer.transact(name, count("a"));
      await next;
    };
    await told();
    await told();
    expect(heard).toEqual([2, 4]);
    await stop();
    await stop();
    await told();
    expect(heard).toEqual([2, 4]);
    expect(heardTwice).toEqual([2, 4, 6]);
    await stopOther();
  });
}
