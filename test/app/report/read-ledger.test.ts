import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readLedger } from "../../../src/app/report/read-ledger.ts";
import type { LedgerEvent } from "../../../src/domain/event.ts";
import { eventOf } from "../../../src/domain/rollout-told.ts";
import { walks } from "../../support/walks.ts";

function ledgerOf(times: readonly number[], trimmed = 0) {
  const events = times.map((at, index): LedgerEvent => {
    const body = eventOf({ at, actor: "clock", reason: "promoted", detail: null });
    return { ...body, revision: trimmed + index + 1 };
  });
  let reads = 0;
  return {
    reads: () => reads,
    store: {
      events: async (_: string, { after = 0, limit }: { after?: number; limit: number }) => {
        reads++;
        return events.filter(({ revision }) => revision > after).slice(0, limit);
      },
      ledger: async () => ({
        first: events[0]?.revision ?? null,
        last: trimmed + events.length,
        trimmed,
        archive: null,
      }),
    },
  };
}

describe("the ledger from a time on", () => {
  test("is what is of that time, and not more", async () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 })
      .map((all) => all.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: -10, max: 510 }), fc.nat(9), async (all, from, trimmed) => {
        const { store } = ledgerOf(all, trimmed);
        const { events } = await readLedger(store, "shop", from);
        expect(events.map(({ at }) => at)).toEqual(all.filter((at) => at >= from));
      }),
      walks(200),
    );
  });

  test("is found without reading all of it", async () => {
    const { store, reads } = ledgerOf(Array.from({ length: 50_000 }, (_, index) => index));
    expect((await readLedger(store, "shop", 49_000)).events).toHaveLength(1_000);
    expect(reads()).toBeLessThan(20);
  });

  test("says that it begins later than was asked for", async () => {
    const { store } = ledgerOf([1_000, 2_000], 7);
    expect((await readLedger(store, "shop", 500)).lacking).toBe(
      "the ledger begins at 1970-01-01T00:00:01.000Z: what was before has left it",
    );
    expect((await readLedger(store, "shop", 1_500)).lacking).toBeNull();
  });

  test("of too much is the newest, and says so", async () => {
    const { store } = ledgerOf(Array.from({ length: 20_500 }, (_, index) => index));
    const { events, lacking } = await readLedger(store, "shop", 0);
    expect(events).toHaveLength(20_000);
    expect(events.at(-1)?.at).toBe(20_499);
    expect(lacking).toBe(
      "the ledger has more than 20000 events of this time: those before 1970-01-01T00:00:00.500Z are left out",
    );
  });
});
