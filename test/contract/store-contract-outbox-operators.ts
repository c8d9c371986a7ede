import { describe, expect, test } from "@jest/globals";
import { inParallel } from "../../src/app/in-parallel.ts";
import type { OutboxEntry } from "../../src/app/outbox.ts";
import { type FilledOutbox, filledOutbox, here, LONG, routed, summary } from "./outboxes.ts";
import type { OpenedStores } from "./store-contract.ts";
import { message } from "./works.ts";

/** Dead letters, and what operators see of an outbox and do to it. */
export function describeOutboxOperators(stores: OpenedStores): void {
  const next = async ({ name, outbox }: FilledOutbox) => here((await outbox.claim(name, LONG))[0]);
  const all = ({ name, other }: FilledOutbox): Promise<OutboxEntry[]> => other.list(name, { limit: 100 });

  describe("a dead letter", () => {
    test("holds up nothing, is never claimed, and is told of nobody", async () => {
      const filled = await filledOutbox(
        stores,
        [1, 2, 3].map((at) => message("r1", at)),
      );
      const { name, outbox, other } = filled;
      await outbox.done(name, await next(filled));
      const second = await next(filled);
      expect(await other.bury(name, second, "no such channel")).toBe(true);
      expect(await outbox.done(name, second)).toBe(false);
      expect(await outbox.bury(name, second, "twice")).toBe(false);
      expect(await outbox.claim(name, LONG)).toMatchObject([{ id: "1-2", attempt: 1, later: [] }]);
      expect(await all(filled)).toMatchObject([
        { id: "1-1", state: "dead", attempt: 1, why: "no such channel", until: null },
        { id: "1-2", state: "leased", attempt: 1, why: null },
      ]);
      expect(await other.depth(name)).toEqual({ waiting: 1, dead: 1, oldestAt: 3 });
    });

    test("is tried again when an operator says so, and fails anew then", async () => {
      const filled = await filledOutbox(stores, [message("r1", 1), message("r1", 2)]);
      const { name, outbox, other } = filled;
      await outbox.failed(name, await next(filled), 0, { why: "no" });
      const failing = await next(filled);
      expect(failing.failingSince).not.toBeNull();
      await outbox.bury(name, failing, "for good");
      expect(await other.retry(name, "1-0")).toBe(true);
      expect(await all(filled)).toMatchObject([
        { id: "1-0", state: "retrying", attempt: 2, why: "for good", until: null },
        { id: "1-1", state: "waiting" },
      ]);
      expect(await outbox.depth(name)).toEqual({ waiting: 2, dead: 0, oldestAt: 1 });
      const again = await next(filled);
      expect(again).toMatchObject({ id: "1-0", attempt: 3, failingSince: null, later: [{ id: "1-1" }] });
      expect(await outbox.done(name, again)).toBe(true);
      expect((await next(filled)).id).toBe("1-1");
    });

    test("that comes back waits for the younger one of its lane that is being delivered", async () => {
      const filled = await filledOutbox(stores, [message("r1", 1), message("r1", 2)]);
      const { name, outbox } = filled;
      await outbox.bury(name, await next(filled), "no");
      const younger = await next(filled);
      expect(younger.id).toBe("1-1");
      await outbox.retry(name, "1-0");
      expect(await outbox.claim(name, LONG)).toEqual([]);
      await outbox.failed(name, younger, 60_000, { why: "no" });
      expect(await outbox.claim(name, LONG)).toMatchObject([{ id: "1-0", later: [{ id: "1-1" }] }]);
    });

    test("may be one of thousands: what is behind them gets out", async () => {
      const dead = Array.from({ length: 2_100 }, (_, at) => message(`r${at}`, at));
      const filled = await filledOutbox(stores, [...dead, message("r1", 5_000), message("r2", 5_001)]);
      const { name, outbox, other } = filled;
      const claimed = await outbox.claim(name, { lease: 60_000, limit: 2_100 });
      // All at once, the last ones would wait for longer than a command may take on a busy machine.
      await inParallel(claimed, 16, (each) => outbox.bury(name, each, "no"));
      expect(await other.depth(name)).toEqual({ waiting: 2, dead: 2_100, oldestAt: 5_000 });
      expect((await other.claim(name, LONG)).map(summary)).toEqual([
        ["1-2100", 5_000, 1],
        ["1-2101", 5_001, 1],
      ]);
    });
  });

  describe("an operator", () => {
    test("sees everything, page by page, the oldest first", async () => {
      const filled = await filledOutbox(
        stores,
        [1, 2, 3, 4].map((at) => routed("slack", `r${at}`, at)),
        [routed("email", "r1", 5)],
      );
      const { name, outbox, other } = filled;
      const before = Date.now();
      const [, waits, failed, postponed] = await outbox.claim(name, { lease: 60_000, limit: 4 });
      await outbox.failed(name, here(waits), 0, { why: "429" });
      await outbox.failed(name, here(failed), 60_000, { why: `${"x".repeat(2_000)}` });
      await outbox.failed(name, here(postponed), 60_000);
      const entries = await all(filled);
      expect(entries.map(({ id, state, attempt }) => [id, state, attempt])).toEqual([
        ["1-0", "leased", 1],
        ["1-1", "retrying", 1],
        ["1-2", "retrying", 1],
        ["1-3", "waiting", 0],
        ["2-0", "waiting", 0],
      ]);
      expect(entries.map(({ message: each }) => each)).toEqual([
        ...[1, 2, 3, 4].map((at) => routed("slack", `r${at}`, at)),
        routed("email", "r1", 5),
      ]);
      expect(entries.map(({ why }) => why?.slice(0, 3) ?? null)).toEqual([null, "429", "xxx", null, null]);
      expect(entries[2]?.why).toHaveLength(1_001);
      const isLater = entries.map(({ until }) => until !== null && until >= before + 60_000);
      expect(isLater).toEqual([true, false, true, true, false]);
      expect(entries[1]?.until).toBeNull();
      const pages = [
        await other.list(name, { limit: 2 }),
        await other.list(name, { after: "1-1", limit: 2 }),
        await other.list(name, { after: "1-3", limit: 2 }),
        await other.list(name, { after: "2-0", limit: 2 }),
      ];
      expect(pages.map((page) => page.map(({ id }) => id))).toEqual([
        ["1-0", "1-1"],
        ["1-2", "1-3"],
        ["2-0"],
        [],
      ]);
      // Behind one that is gone by now.
      expect((await outbox.list(name, { after: "1-77", limit: 9 })).map(({ id }) => id)).toEqual(["2-0"]);
      expect(await outbox.list(name, { limit: 0 })).toEqual([]);
    });

    test("sees more than one page of the store at once", async () => {
      const { name, other } = await filledOutbox(
        stores,
        Array.from({ length: 1_203 }, (_, at) => message("r1", at)),
      );
      const entries = await other.list(name, { limit: 1_100 });
      expect(entries.map(({ message: { at } }) => at)).toEqual(Array.from({ length: 1_100 }, (_, at) => at));
      expect(await other.list(name, { after: "1-1099", limit: 5_000 })).toHaveLength(103);
    });

    test("has one that waits tried at once; one that is leased is being tried", async () => {
      const filled = await filledOutbox(stores, [message("r1", 1), message("r2", 2), message("r3", 3)]);
      const { name, outbox, other } = filled;
      const [one, two] = await outbox.claim(name, { lease: 60_000, limit: 2 });
      await outbox.failed(name, here(one), 60_000, { why: "no" });
      for (const id of ["1-0", "1-1", "1-2"]) expect(await other.retry(name, id)).toBe(true);
      expect(await other.claim(name, LONG)).toMatchObject([
        { id: "1-0", attempt: 2, failingSince: null },
        { id: "1-2", attempt: 1 },
      ]);
      expect(await outbox.done(name, here(two))).toBe(true);
    });

    test("has one tried at once that it was not time for yet", async () => {
      const filled = await filledOutbox(stores, [message("r1", 1)]);
      const { name, outbox, other } = filled;
      await outbox.failed(name, await next(filled), 60_000);
      expect(await other.retry(name, "1-0")).toBe(true);
      expect((await outbox.claim(name, LONG)).map(summary)).toEqual([["1-0", 1, 1]]);
    });

    test("takes no claim away from a slow holder by that", async () => {
      const filled = await filledOutbox(stores, [message("r1", 1)]);
      const { name, outbox, other } = filled;
      const [slow] = await outbox.claim(name, { lease: 0, limit: 1 });
      expect(await other.retry(name, "1-0")).toBe(true);
      expect(await outbox.done(name, here(slow))).toBe(true);
    });

    test("drops one, whatever its state; who delivers it is told", async () => {
      const filled = await filledOutbox(
        stores,
        [1, 2, 3, 4].map((at) => message("r1", at)),
      );
      const { name, outbox, other } = filled;
      await outbox.bury(name, await next(filled), "no");
      const leased = await next(filled);
      expect(await other.drop(name, "1-0")).toBe(true);
      expect(await other.drop(name, leased.id)).toBe(true);
      expect(await other.drop(name, "1-2")).toBe(true);
      expect(await other.drop(name, "1-2")).toBe(false);
      expect(await outbox.done(name, leased, { receipt: { late: true } })).toBe(false);
      expect(await other.depth(name)).toEqual({ waiting: 1, dead: 0, oldestAt: 4 });
      expect(await next(filled)).toMatchObject({ id: "1-3", receipt: null });
    });

    test.each([
      "1-1",
      "2-0",
      "0-0",
      "",
      "1",
      "x",
      "1-0-0",
      "-1-0",
      "999999999999999-0",
      "1-99999999999",
      "1-0\n",
    ])("is told that there is no message %j", async (id) => {
      const { name, outbox } = await filledOutbox(stores, [message("r1")]);
      expect(await outbox.retry(name, id)).toBe(false);
      expect(await outbox.drop(name, id)).toBe(false);
      expect(await outbox.depth(name)).toMatchObject({ waiting: 1 });
    });
  });

  test("the oldest that waits is none of those that it is not time for, nor what is behind them", async () => {
    const filled = await filledOutbox(stores, [
      message("r1", 1),
      message("r1", 2),
      message("r2", 3),
      message("r3", 4),
    ]);
    const { name, outbox, other } = filled;
    const [one, two] = await outbox.claim(name, LONG);
    expect(await other.depth(name)).toEqual({ waiting: 4, dead: 0, oldestAt: 1 });
    await outbox.failed(name, here(one), 60_000);
    await outbox.failed(name, here(two), 60_000, { why: "no" });
    expect(await other.depth(name)).toEqual({ waiting: 4, dead: 0, oldestAt: 3 });
    await outbox.drop(name, "1-2");
    await outbox.drop(name, "1-3");
    expect(await other.depth(name)).toEqual({ waiting: 2, dead: 0, oldestAt: null });
    await outbox.retry(name, "1-0");
    expect(await other.depth(name)).toEqual({ waiting: 2, dead: 0, oldestAt: 1 });
  });
}
