import { describe, expect, test } from "@jest/globals";
import { decide } from "../../src/domain/decide.ts";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState } from "../../src/domain/state.ts";
import { policyOf } from "../support/policies.ts";

const MINUTE = 60_000;

/** Whether it was done. */
function asker() {
  const state = new Draft(emptyState());
  return (day: string, sent: boolean, now: number): boolean => {
    const decision = decide(state, { type: "summary", day, sent }, policyOf({}), now);
    state.apply(decision);
    return decision.changes.length > 0;
  };
}

describe("the daily summary", () => {
  test("is taken by one, and by another one when that has not sent it in time", () => {
    const ask = asker();
    expect(ask("2026-11-21", false, 0)).toBe(true);
    expect(ask("2026-11-21", false, 5 * MINUTE - 1)).toBe(false);
    expect(ask("2026-11-21", false, 5 * MINUTE)).toBe(true);
    expect(ask("2026-11-21", true, 6 * MINUTE)).toBe(true);
    expect(ask("2026-11-21", true, 6 * MINUTE)).toBe(false);
    expect(ask("2026-11-21", false, 60 * MINUTE)).toBe(false);
    expect(ask("2026-11-22", false, 60 * MINUTE)).toBe(true);
  });
});
