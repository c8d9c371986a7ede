import { describe, expect, test } from "@jest/globals";
import type { Ledger, StateStore } from "../../src/app/ports.ts";
import { startTypeScript } from "../support/compiled.ts";
import { saying } from "../support/process.ts";
import type { OpenedStores } from "./store-contract.ts";
import { count, countedIn, event, NOTHING, note, notesIn } from "./works.ts";

const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** What holds of a ledger whose oldest events leave. */
export function describeLedger({ open, place, application }: OpenedStores): void {
  async function stepsOf(store: StateStore, name: string, steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await store.transact(name, count("here"));
  }

  const kept = async (store: StateStore, name: string): Promise<Partial<Ledger>> => {
    const { first, last, trimmed } = await store.ledger(name);
    return { first, last, trimmed };
  };

  /** As often as there is something left. */
  async function trimAll(store: StateStore, name: string, upTo: number): Promise<number> {
    for (let calls = 0, from: number | null = null; ; calls++) {
      const { first } = await store.trim(name, upTo);
      if (first === from) return calls;
      from = first;
    }
  }

  describe("a ledger", () => {
    test("tells how far back it goes", async () => {
      const name = application();
      const store = open();
      expect(await kept(store, name)).toEqual({ first: null, last: 0, trimmed: 0 });
      expect(await store.trim(name, EVERYTHING)).toMatchObject({ first: null, last: 0, trimmed: 0 });
      await store.transact(name, note);
      expect(await kept(store, name)).toEqual({ first: null, last: 0, trimmed: 0 });
      await stepsOf(store, name, 3);
      expect(await kept(store, name)).toEqual({ first: 1, last: 6, trimmed: 0 });
      expect(await store.trim(name, 0)).toMatchObject({ first: 1, last: 6, trimmed: 0 });
    });

    test("whose oldest events have left has no gaps behind them, and nothing else is touched", async () => {
      const name = application();
      const [store, other] = [open(), open()];
      await stepsOf(store, name, 5);
      await store.transact(name, note);
      const state = await other.read(name);
      const [claim] = await store.outbox.claim(name, { lease: 60_000, limit: 1 });
      expect(await store.trim(name, 5)).toMatchObject({ first: 6, last: 10, trimmed: 5 });
      for (const from of [store, other, open()]) {
        expect(await kept(from, name)).toEqual({ first: 6, last: 10, trimmed: 5 });
        expect(await from.read(name)).toEqual(state);
        for (const after of [0, 3, 5]) {
          const events = await from.events(name, { after, limit: 3 });
          expect(events.map(({ revision }) => revision)).toEqual([6, 7, 8]);
        }
        expect(await from.events(name, { after: 8, limit: 9 })).toHaveLength(2);
      }
      if (claim === undefined) throw new Error("no message");
      expect(claim.id).toBe("2-0");
      expect(await other.outbox.failed(name, claim, 0)).toBe(true);
      await stepsOf(other, name, 1);
      expect(await countedIn(open(), name)).toBe(6);
      expect(notesIn(await store.read(name))).toBe(1);
    });

    test("that is trimmed twice is as after the first time", async () => {
      const name = application();
      const store = open();
      await stepsOf(store, name, 4);
      await store.trim(name, 3);
      for (const upTo of [3, 2, 0]) {
        expect(await store.trim(name, upTo)).toMatchObject({ first: 4, last: 8, trimmed: 3 });
        expect(await open().trim(name, upTo)).toMatchObject({ first: 4, last: 8, trimmed: 3 });
      }
      expect(await store.trim(name, 4)).toMatchObject({ first: 5, last: 8, trimmed: 4 });
      expect(await countedIn(store, name)).toBe(4);
    });

    test("that is trimmed of everything keeps the newest event, and goes on behind it", async () => {
      const name = application();
      const [store, other] = [open(), open()];
      await stepsOf(store, name, 3);
      expect(await trimAll(store, name, EVERYTHING)).toBe(1);
      expect(await kept(other, name)).toEqual({ first: 6, last: 6, trimmed: 5 });
      await stepsOf(other, name, 2);
      expect(await kept(store, name)).toEqual({ first: 6, last: 10, trimmed: 5 });
      expect(await countedIn(open(), name)).toBe(5);
    });

    test("gives way for others after some thousand events", async () => {
      const name = application();
      const store = open();
      for (let round = 0; round < 3; round++) {
        const events = Array.from({ length: 4_000 }, () => event("many"));
        await store.transact(name, () => ({ ...NOTHING, events }));
      }
      const { first } = await store.trim(name, 11_990);
      expect(first).toBeLessThan(11_000);
      expect(await trimAll(store, name, 11_990)).toBeLessThan(10);
      expect(await kept(store, name)).toEqual({ first: 11_991, last: 12_000, trimmed: 11_990 });
      expect(await store.events(name, { limit: 100 })).toHaveLength(10);
    });

    test("whose past has left has lost nothing, also to those who saw that past last", async () => {
      const name = application();
      const [writer, late, idle] = [open(), open(), open()];
      await stepsOf(writer, name, 2);
      await late.read(name);
      await idle.transact(name, count("idle"));
      await stepsOf(writer, name, 5);
      await writer.trim(name, EVERYTHING);
      expect((await late.read(name)).revision).toBe(16);
      expect(await kept(idle, name)).toEqual({ first: 16, last: 16, trimmed: 15 });
      await idle.transact(name, count("idle"));
      await late.transact(name, count("late"));
      expect(await countedIn(writer, name)).toBe(10);
      await writer.ping();
    });

    test("is trimmed by several at once, while others write: what stays has no gaps, and the count is right", async () => {
      const name = application();
      const [store, other] = [open(), open()];
      const children = await Promise.all(
        ["30", "40"].map((steps) =>
          startTypeScript({
            name: `child ${steps}`,
            file: new URL("./store-child.ts", import.meta.url),
            args: [place(), name, `process ${steps}`, steps],
          }),
        ),
      );
      try {
        await Promise.all(children.map((child) => saying(child, /ready/)));
        let isOver = false;
        const ended = Promise.all(children.map((child) => child.ended)).finally(() => {
          isOver = true;
        });
        while (!isOver) {
          const { last } = await store.ledger(name);
          await Promise.all([
            store.trim(name, last - 5),
            other.trim(name, last - 3),
            store.transact(name, count("here")),
          ]);
        }
        for (const { code } of await ended) expect(code).toBe(0);
      } finally {
        await Promise.all(children.map((child) => child.kill()));
      }
      const counted = await countedIn(store, name);
      expect(counted).toBeGreaterThan(70);
      await trimAll(open(), name, EVERYTHING);
      const last = 2 * counted;
      expect(await kept(other, name)).toEqual({ first: last, last, trimmed: last - 1 });
    });
  });
}
