import { describe, expect, test } from "@jest/globals";
import type { Message } from "../../src/domain/message.ts";
import { claimable, type FilledOutbox, filledOutbox, here, LONG, routed, summary } from "./outboxes.ts";
import type { OpenedStores } from "./store-contract.ts";
import { describeOutboxModel } from "./store-contract-outbox-model.ts";
import { describeOutboxOperators } from "./store-contract-outbox-operators.ts";
import { describeReceipts } from "./store-contract-outbox-receipts.ts";
import { message } from "./works.ts";

/** Messages are delivered at least once, and in order within a lane. */
export function describeOutbox(stores: OpenedStores): void {
  const { open, application } = stores;
  const filled = (...commits: Message[][]): Promise<FilledOutbox> => filledOutbox(stores, ...commits);

  describeReceipts(stores);
  describeOutboxOperators(stores);
  describeOutboxModel(stores);
  describe("outbox", () => {
    test("gives the oldest message of each rollback, in order, with its id", async () => {
      const { name, outbox } = await filled(
        [message("r1", 1), message("r1", 2), message("r2", 3)],
        [message("r3", 4), message("r2", 5)],
      );
      const claimed = await outbox.claim(name, LONG);
      expect(claimed.map(summary)).toEqual([
        ["1-0", 1, 1],
        ["1-2", 3, 1],
        ["2-0", 4, 1],
      ]);
      expect(await outbox.claim(name, LONG)).toEqual([]);
    });

    test("gives the next one of a rollback when the one before is delivered", async () => {
      const { name, outbox } = await filled([message("r1", 1), message("r1", 2)]);
      const [first] = await outbox.claim(name, LONG);
      expect(await outbox.done(name, here(first))).toBe(true);
      const [second] = await outbox.claim(name, LONG);
      expect(second?.message.at).toBe(2);
      expect(second?.token).not.toBe(first?.token);
      expect(await outbox.done(name, here(second))).toBe(true);
      expect(await outbox.claim(name, LONG)).toEqual([]);
    });

    test("gives no more than asked for", async () => {
      const { name, outbox } = await filled([message("r1"), message("r2"), message("r3")]);
      expect((await outbox.claim(name, { lease: 60_000, limit: 2 })).map(({ id }) => id)).toEqual([
        "1-0",
        "1-1",
      ]);
      expect((await outbox.claim(name, { lease: 60_000, limit: 2 })).map(({ id }) => id)).toEqual(["1-2"]);
    });

    test("looks beyond a long queue of one rollback", async () => {
      const queue = Array.from({ length: 250 }, (_, index) => message("r1", index));
      const { name, outbox } = await filled([...queue, message("r2", 7)]);
      expect((await outbox.claim(name, LONG)).map(summary)).toEqual([
        ["1-0", 0, 1],
        ["1-250", 7, 1],
      ]);
    });

    test("a failed message waits, holds up its rollback only, and counts its attempts", async () => {
      const { name, outbox } = await filled([message("r1", 1), message("r1", 2), message("r2", 3)]);
      const [first, other] = await outbox.claim(name, LONG);
      expect(await outbox.failed(name, here(first), 100, { why: "no" })).toBe(true);
      expect(await outbox.done(name, here(other))).toBe(true);
      expect(await outbox.claim(name, LONG)).toEqual([]);
      const again = await claimable(() => outbox.claim(name, LONG));
      expect(again.map(summary)).toEqual([["1-0", 1, 2]]);
    });

    test("the lanes of one subject on two channels do not hold each other up", async () => {
      const { name, outbox } = await filled([
        routed("slack", "r1", 1),
        routed("email", "r1", 2),
        routed("slack", "r1", 3),
        message("r1", 4),
      ]);
      const [slack, email, unrouted] = await outbox.claim(name, LONG);
      expect([slack, email, unrouted].map((each) => here(each).id)).toEqual(["1-0", "1-1", "1-3"]);
      expect(here(slack).message).toEqual(routed("slack", "r1", 1));
      expect(await outbox.failed(name, here(slack), 60_000, { why: "no" })).toBe(true);
      expect(await outbox.done(name, here(email))).toBe(true);
      expect(await outbox.claim(name, LONG)).toEqual([]);
    });

    test("tells what waits behind a message in its lane, and forgets what was delivered with it", async () => {
      const { name, outbox, other, add } = await filled(
        [routed("slack", "r1", 1), routed("email", "r1", 2), routed("slack", "r1", 3)],
        [routed("slack", "r2", 4), routed("slack", "r1", 5)],
      );
      const [first] = await outbox.claim(name, { ...LONG, limit: 1 });
      expect(here(first).later).toEqual([
        { id: "1-2", message: routed("slack", "r1", 3) },
        { id: "2-1", message: routed("slack", "r1", 5) },
      ]);
      await add(routed("slack", "r1", 6));
      expect(await other.done(name, here(first), { merged: ["1-2", "2-1"] })).toBe(true);
      expect((await outbox.claim(name, LONG)).map(summary)).toEqual([
        ["1-1", 2, 1],
        ["2-0", 4, 1],
        ["3-0", 6, 1],
      ]);
      expect(await outbox.list(name, { limit: 10 })).toHaveLength(3);
    });

    test("tells at most 50 of those behind it, the oldest", async () => {
      const { name, outbox } = await filled(Array.from({ length: 60 }, (_, at) => message("r1", at)));
      const [first] = await outbox.claim(name, LONG);
      expect(here(first).later.map(({ message: { at } }) => at)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
    });

    test("looks beyond thousands of messages whose lane waits", async () => {
      const queue = Array.from({ length: 2_150 }, (_, index) => message("r1", index));
      const { name, outbox } = await filled([...queue, message("r2", 7), message("r2", 8)]);
      const [first] = await outbox.claim(name, { ...LONG, limit: 1 });
      await outbox.failed(name, here(first), 60_000);
      const [second] = await outbox.claim(name, LONG);
      expect(here(second)).toMatchObject({ id: "1-2150", later: [{ id: "1-2151" }] });
      expect(await outbox.depth(name)).toEqual({ waiting: 2_152, dead: 0, oldestAt: 7 });
    });

    test("what fails remembers since when, whoever claims it", async () => {
      const { name, outbox, other } = await filled([message("r1", 1)]);
      const [first] = await outbox.claim(name, LONG);
      expect(here(first).failingSince).toBeNull();
      const before = Date.now();
      await outbox.failed(name, here(first), 0, { why: "no" });
      const after = Date.now();
      const [second] = await other.claim(name, { lease: 0, limit: 1 });
      const { failingSince } = here(second);
      expect(failingSince).toBeGreaterThanOrEqual(before);
      expect(failingSince).toBeLessThanOrEqual(after);
      // Neither a holder that dies, nor another failure, nor a pause begins it anew.
      const [third] = await other.claim(name, LONG);
      await outbox.failed(name, here(third), 0, { why: "again no" });
      const [fourth] = await outbox.claim(name, LONG);
      await outbox.failed(name, here(fourth), 0);
      expect(await other.claim(name, LONG)).toMatchObject([{ attempt: 4, failingSince }]);
    });

    test("what is given back because it is not time yet has not failed, and was no attempt", async () => {
      const { name, outbox, other } = await filled([message("r1", 1), message("r1", 2)]);
      for (let time = 0; time < 3; time++) {
        const [first] = await outbox.claim(name, LONG);
        expect(here(first)).toMatchObject({ id: "1-0", attempt: 1, failingSince: null });
        expect(await other.failed(name, here(first), 0)).toBe(true);
      }
      const [first] = await outbox.claim(name, LONG);
      await outbox.failed(name, here(first), 60_000);
      expect(await other.claim(name, LONG)).toEqual([]);
    });

    test("a claim whose holder died is taken over, and the late holder is told", async () => {
      const { name, outbox, other } = await filled([message("r1", 1), message("r1", 2)]);
      const [dead] = await outbox.claim(name, { lease: 50, limit: 10 });
      const [heir] = await claimable(() => other.claim(name, LONG));
      expect(summary(here(heir))).toEqual(["1-0", 1, 2]);
      expect(await outbox.done(name, here(dead), { merged: ["1-1"], receipt: { ts: "late" } })).toBe(false);
      expect(await outbox.failed(name, here(dead), 0, { why: "late", receipt: { ts: "late" } })).toBe(false);
      expect(await outbox.bury(name, here(dead), "late")).toBe(false);
      expect(here(heir).later).toHaveLength(1);
      expect(await outbox.done(name, here(heir))).toBe(true);
      expect(await outbox.done(name, here(heir))).toBe(false);
      // What was late has left nothing behind.
      expect(await outbox.claim(name, LONG)).toMatchObject([
        { id: "1-1", failingSince: null, receipt: null },
      ]);
    });

    test("a claim that ran out still counts while nobody else has taken the message", async () => {
      const { name, outbox } = await filled([message("r1", 1)]);
      const [claimed] = await outbox.claim(name, { lease: 0, limit: 10 });
      expect(await outbox.done(name, here(claimed))).toBe(true);
    });

    test("two who deliver share the work and never get the same message", async () => {
      const { name, outbox, other } = await filled(
        Array.from({ length: 40 }, (_, index) => message(`r${index}`, index)),
      );
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? outbox : other).claim(name, { lease: 60_000, limit: 5 }),
        ),
      );
      const ids = claims.flat().map(({ id }) => id);
      expect(ids).toHaveLength(40);
      expect(new Set(ids).size).toBe(40);
    });

    test("gives only messages of the channels that are asked for, and what was never routed to anybody", async () => {
      const routed = (channel: "slack" | "email", at: number) => ({ ...message("r1", at), channel });
      const { name, outbox } = await filled([routed("slack", 1), routed("email", 2), message("r2", 3)]);
      const mails = await outbox.claim(name, { ...LONG, channels: ["email", "pagerduty"] });
      expect(mails.map(({ message: { at } }) => at)).toEqual([2, 3]);
      expect((await outbox.claim(name, { ...LONG, channels: ["email"] })).length).toBe(0);
      expect((await outbox.claim(name, LONG)).map(({ message: { at } }) => at)).toEqual([1]);
    });

    test("what was delivered, and is to be again, has not failed any more", async () => {
      const { name, outbox } = await filled([message("r1", 1)]);
      const [first] = await outbox.claim(name, LONG);
      expect(await outbox.failed(name, here(first), 0, { why: "away" })).toBe(true);
      const [second] = await claimable(() => outbox.claim(name, LONG));
      expect(second).toMatchObject({ attempt: 2, failingSince: expect.any(Number) });
      expect(await outbox.failed(name, here(second), 0, { receipt: { told: 1 } })).toBe(true);
      expect(await outbox.list(name, { limit: 1 })).toMatchObject([{ attempt: 0, why: null }]);
      const [third] = await claimable(() => outbox.claim(name, LONG));
      expect(third).toMatchObject({ attempt: 1, failingSince: null, receipt: { told: 1 } });
    });

    test("an application without messages has none", async () => {
      const { outbox } = open();
      const name = application();
      expect(await outbox.claim(name, LONG)).toEqual([]);
      expect(await outbox.done(name, { id: "1-0", token: "t" })).toBe(false);
      expect(await outbox.failed(name, { id: "1-0", token: "t" }, 0)).toBe(false);
      expect(await outbox.bury(name, { id: "1-0", token: "t" }, "no")).toBe(false);
      expect(await outbox.list(name, { limit: 10 })).toEqual([]);
      expect(await outbox.retry(name, "1-0")).toBe(false);
      expect(await outbox.drop(name, "1-0")).toBe(false);
      expect(await outbox.depth(name)).toEqual({ waiting: 0, dead: 0, oldestAt: null });
    });
  });
}
