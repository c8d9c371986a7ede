import { describe, expect, test } from "@jest/globals";
import { storyOf } from "../../../src/app/report/rollback-story.ts";
import type { LedgerEvent } from "../../../src/domain/event.ts";
import { emptyState } from "../../../src/domain/state.ts";
import { alertOf, eventOf, rollbackOf, unchangedOf } from "../notify/summary-parts.ts";

const OWN = "rb-7-x";

function told(reasons: readonly (LedgerEvent["reason"] | null)[], first = 7) {
  const ledger = reasons.map((reason, index) =>
    eventOf(reason ?? "cooldown", 0, {
      revision: first + index,
      rollback: reason === null ? null : OWN,
      alert: alertOf("Slow"),
      unchanged: [unchangedOf("Slow", "duplicate", 1, 1)],
    }),
  );
  const events = async (_: string, { after = 0, limit }: { after?: number; limit: number }) =>
    ledger.slice(Math.max(0, after + 1 - first)).slice(0, limit);
  const rollback = rollbackOf({ firstRevision: 7, lastRevision: first + reasons.length - 1 });
  return storyOf({ events }, "shop", emptyState(), rollback);
}

describe("the story of a rollback", () => {
  test("has the first and the last of what came one after the other, and counts the others", async () => {
    const story = await told([
      "rolled_back",
      ...Array.from({ length: 4 }, () => "absorbed" as const),
      null,
      "absorbed",
      "escalated",
      "resolved",
      "resolved",
    ]);
    expect(story.events.map(({ revision }) => revision)).toEqual([7, 8, 12, 13, 14, 15, 16]);
    expect([...story.leftOut]).toEqual([[13, 3]]);
    expect([...story.absorbed]).toEqual([["Slow", 3]]);
    expect(story.unchanged).toMatchObject([{ alert: "Slow", times: 3 }]);
    expect(story.lacking).toBeNull();
  });

  test("of more than anybody reads is its beginning and its end, and says so", async () => {
    const middle = Array.from({ length: 100_100 }, () => "absorbed" as const);
    const story = await told(["rolled_back", ...middle, "escalated"]);
    expect(story.events.map(({ reason }) => reason)).toEqual([
      "rolled_back",
      "absorbed",
      "absorbed",
      "escalated",
    ]);
    expect(story.lacking).toBe(
      "the rollback has 100102 events: 102 in the middle of it are not in this report",
    );
  });

  test("says that its beginning, or all of it, has left the ledger", async () => {
    expect((await told(["verified"], 9)).lacking).toMatch(/^the ledger begins at 2026-03-15T09:00:00.000Z/);
    expect((await told([], 9)).lacking).toBe("the ledger has no events of it any more");
  });
});
