import { expect, test } from "@jest/globals";
import type { StateStore } from "../../src/app/ports.ts";
import type { OpenedStores } from "./store-contract.ts";
import { event, NOTHING, note } from "./works.ts";

const MINUTE = 60_000;

/** The time that work is handed, which commits nothing. */
export async function timeIn(store: StateStore, application: string): Promise<number> {
  const { work } = await store.transact(application, (_, now) => ({ ...NOTHING, now }));
  return work.now;
}

export function describeTime({ open, application }: OpenedStores): void {
  test("every store hands out one time, which is in order with what was committed", async () => {
    const name = application();
    const stores = [open(), open()];
    const times: number[] = [];
    for (let step = 0; step < 20; step++) {
      const store = stores[step % 2] as StateStore;
      const { work } = await store.transact(name, (state, now) =>
        step % 3 === 0
          ? { ...note(state), now }
          : { changes: [], events: [event("a", now)], messages: [], now },
      );
      times.push(work.now);
    }
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.every(Number.isInteger)).toBe(true);
    // Both are of this machine here.
    expect(Math.abs(Date.now() - (times.at(-1) ?? 0))).toBeLessThan(MINUTE);
  });

  test("it is known without asking, and how far it is away", async () => {
    const name = application();
    const store = open();
    await store.read(name);
    expect(Math.abs(store.clock.now(name) - Date.now())).toBeLessThan(MINUTE);
    expect(Math.abs(store.clock.now() - Date.now())).toBeLessThan(MINUTE);
    expect(Math.abs(store.skew() ?? Number.NaN)).toBeLessThan(MINUTE);
  });
}
