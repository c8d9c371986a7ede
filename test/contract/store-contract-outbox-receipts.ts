import { describe, expect, test } from "@jest/globals";
import type { Receipt } from "../../src/app/outbox.ts";
import { until } from "../support/until.ts";
import { type FilledOutbox, filledOutbox, here, LONG, routed } from "./outboxes.ts";
import type { OpenedStores } from "./store-contract.ts";
import { message } from "./works.ts";

/** What a lane's last delivery left is there for the next one. */
export function describeReceipts(stores: OpenedStores): void {
  const next = async ({ name, outbox }: FilledOutbox) => here((await outbox.claim(name, LONG))[0]);

  describe("receipts", () => {
    test("are kept with what was delivered, replaced, left alone, and forgotten", async () => {
      const filled = await filledOutbox(
        stores,
        Array.from({ length: 5 }, (_, at) => routed("slack", "r1", at)),
      );
      const { name, outbox, other } = filled;
      const first = await next(filled);
      expect(first.receipt).toBeNull();
      const receipt: Receipt = {
        ts: "17.5",
        empty: "",
        "ключ 🚀": 'a "b"\n\0',
        count: 12.25,
        sent: true,
        none: null,
      };
      expect(await other.done(name, first, { receipt })).toBe(true);
      const second = await next(filled);
      expect(second.receipt).toEqual(receipt);
      await outbox.done(name, second);
      const third = await next(filled);
      expect(third.receipt).toEqual(receipt);
      await outbox.done(name, third, { receipt: { ts: "18" } });
      const fourth = await next(filled);
      expect(fourth.receipt).toEqual({ ts: "18" });
      await outbox.done(name, fourth, { receipt: null });
      expect((await next(filled)).receipt).toBeNull();
    });

    test("are kept, and forgotten, with what is given back too", async () => {
      const filled = await filledOutbox(stores, [message("r1")]);
      const { name, outbox } = filled;
      await outbox.failed(name, await next(filled), 0, { why: "half of it", receipt: { half: 1 } });
      const again = await next(filled);
      expect(again.receipt).toEqual({ half: 1 });
      await outbox.failed(name, again, 0, { receipt: {} });
      const empty = await next(filled);
      expect(empty.receipt).toEqual({});
      await outbox.failed(name, empty, 0, { receipt: null });
      expect((await next(filled)).receipt).toBeNull();
    });

    test("are of one lane, and outlast its messages", async () => {
      const filled = await filledOutbox(stores, [routed("slack", "r1"), routed("email", "r1")]);
      const { name, outbox } = filled;
      const [slack, email] = await outbox.claim(name, LONG);
      await outbox.done(name, here(slack), { receipt: { to: "slack" } });
      await outbox.done(name, here(email), { receipt: { to: "email" } });
      expect(await outbox.list(name, { limit: 9 })).toEqual([]);
      await filled.add(routed("email", "r1"), routed("slack", "r1"), routed("slack", "r2"), message("r1"));
      expect((await outbox.claim(name, LONG)).map(({ receipt }) => receipt)).toEqual([
        { to: "email" },
        { to: "slack" },
        null,
        null,
      ]);
      const elsewhere = await filledOutbox(stores, [routed("slack", "r1")]);
      expect((await next(elsewhere)).receipt).toBeNull();
    });

    test("of a thousand lanes are kept: of one more the oldest goes", async () => {
      const lanes = Array.from({ length: 1_001 }, (_, index) => `r${index}`);
      const { name, outbox, add } = await filledOutbox(
        stores,
        lanes.map((lane) => message(lane)),
      );
      const claimed = await outbox.claim(name, { lease: 60_000, limit: 2_000 });
      expect(claimed).toHaveLength(1_001);
      const [oldest, ...others] = claimed;
      await outbox.done(name, here(oldest), { receipt: { of: "r0" } });
      const noted = Date.now();
      await until("the clock to go on", Date.now, (now) => now > noted + 1, { every: 1 });
      await Promise.all(
        others.map((each) => outbox.done(name, each, { receipt: { of: each.message.subject } })),
      );
      await add(...lanes.map((lane) => message(lane)));
      const again = await outbox.claim(name, { lease: 60_000, limit: 2_000 });
      expect(again.map(({ receipt }) => receipt?.of ?? null)).toEqual([null, ...lanes.slice(1)]);
      // Known lanes need no room.
      await outbox.done(name, here(again[1]), { receipt: { of: "new" } });
      await outbox.done(name, here(again[2]), { receipt: null });
      await add(message("r1"), message("r2"), message("r3"));
      await Promise.all(again.slice(3, 4).map((each) => outbox.done(name, each)));
      expect((await outbox.claim(name, LONG)).map(({ receipt }) => receipt)).toEqual([
        { of: "new" },
        null,
        { of: "r3" },
      ]);
    });
  });
}
