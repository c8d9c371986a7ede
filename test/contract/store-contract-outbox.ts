import { describe, expect, test } from "@jest/globals";
import type { ClaimedMessage, Outbox } from "../../src/app/ports.ts";
import type { Message } from "../../src/domain/message.ts";
import { until } from "../support/until.ts";
import type { OpenedStores } from "./store-contract.ts";
import { event, message } from "./works.ts";

const LONG = { lease: 60_000, limit: 10 };

/** Messages are delivered at least once, and in order within a rollback. */
export function describeOutbox({ open, application }: OpenedStores): void {
  /** A store whose outbox holds these messages, each array of one commit. */
  async function filled(...commits: Message[][]): Promise<{ name: string; outbox: Outbox }> {
    const name = application();
    const store = open();
    for (const messages of commits) {
      await store.transact(name, () => ({ changes: [], events: [event("a")], messages }));
    }
    return { name, outbox: store.outbox };
  }

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
      expect(await outbox.failed(name, here(first), 100)).toBe(true);
      expect(await outbox.done(name, here(other))).toBe(true);
      expect(await outbox.claim(name, LONG)).toEqual([]);
      const again = await claimable(() => outbox.claim(name, LONG));
      expect(again.map(summary)).toEqual([["1-0", 1, 2]]);
    });

    test("a claim whose holder died is taken over, and the late holder is told", async () => {
      const { name, outbox } = await filled([message("r1", 1)]);
      const [dead] = await outbox.claim(name, { lease: 50, limit: 10 });
      expect(await outbox.claim(name, LONG)).toEqual([]);
      const [heir] = await claimable(() => outbox.claim(name, LONG));
      expect(summary(here(heir))).toEqual(["1-0", 1, 2]);
      expect(await outbox.done(name, here(dead))).toBe(false);
      expect(await outbox.failed(name, here(dead), 0)).toBe(false);
      expect(await outbox.done(name, here(heir))).toBe(true);
      expect(await outbox.done(name, here(heir))).toBe(false);
    });

    test("a claim that ran out still counts while nobody else has taken the message", async () => {
      const { name, outbox } = await filled([message("r1", 1)]);
      const [claimed] = await outbox.claim(name, { lease: 0, limit: 10 });
      expect(await outbox.done(name, here(claimed))).toBe(true);
    });

    test("two who deliver share the work and never get the same message", async () => {
      const { name, outbox } = await filled(
        Array.from({ length: 40 }, (_, index) => message(`r${index}`, index)),
      );
      const other = open().outbox;
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? outbox : other).claim(name, { lease: 60_000, limit: 5 }),
        ),
      );
      const ids = claims.flat().map(({ id }) => id);
      expect(ids).toHaveLength(40);
      expect(new Set(ids).size).toBe(40);
    });

    test("an application without messages has none", async () => {
      const { outbox } = open();
      const name = application();
      expect(await outbox.claim(name, LONG)).toEqual([]);
      expect(await outbox.done(name, { id: "1-0", token: "t" })).toBe(false);
    });
  });
}

function summary({ id, message: { at }, attempt }: ClaimedMessage): [string, number, number] {
  return [id, at, attempt];
}

function here(claimed: ClaimedMessage | undefined): ClaimedMessage {
  if (claimed === undefined) throw new Error("nothing was claimed");
  return claimed;
}

function claimable(claim: () => Promise<ClaimedMessage[]>): Promise<ClaimedMessage[]> {
  return until("a message to be claimed", claim, (claimed) => claimed.length > 0, { every: 10 });
}
