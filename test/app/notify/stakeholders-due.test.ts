import { describe, expect, test } from "@jest/globals";
import { untilStakeholdersAreDue } from "../../../src/app/notify/stakeholders-due.ts";
import { newRollback } from "../../../src/domain/begin-rollback.ts";
import { emptyState } from "../../../src/domain/state.ts";

const MINUTE = 60_000;
const limits = { to: [], within: 15 * MINUTE, every: 60 * MINUTE, reportWithin: 0 };
const beginning = { tier: "phase", trigger: "TestsFail", flags: [], startedBy: "alertmanager" } as const;
const open = newRollback(emptyState(), beginning, 0);
const verified = { ...open, status: "verified" } as const;

const wait = (rollback: Parameters<typeof untilStakeholdersAreDue>[0], lastAt: number | null, now: number) =>
  untilStakeholdersAreDue(rollback, lastAt === null ? null : { told: 1, lastAt }, limits, now);

describe("stakeholders", () => {
  test("hear at once of a verdict, or else when time is nearly up", () => {
    expect(wait(verified, null, 1_000)).toBe(0);
    expect(wait(open, null, 1_000)).toBe(10_000);
    expect(wait(open, null, 14 * MINUTE - 5_000)).toBe(5_000);
    expect(wait(open, null, 14 * MINUTE)).toBe(0);
  });

  test("hear again every hour, whatever the verdict", () => {
    expect(wait(verified, 5 * MINUTE, 64 * MINUTE)).toBe(10_000);
    expect(wait(verified, 5 * MINUTE, 65 * MINUTE)).toBe(0);
  });

  test("hear at once that it is over", () => {
    expect(wait({ ...verified, endedAt: 9, lastRevision: 2 }, 5 * MINUTE, 6 * MINUTE)).toBe(0);
  });
});
