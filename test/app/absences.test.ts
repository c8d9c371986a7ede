import { expect, test } from "@jest/globals";
import { Absences } from "../../src/app/reconcile/absences.ts";

const NOON = 1_790_000_000_000;

test("what is missing for long enough is over, also after the clock was set back", () => {
  const absences = new Absences();
  const missingAt = (now: number): boolean => absences.note("shop", ["f"], now).has("f");
  const back = NOON - 3_600_000;
  expect([NOON, NOON + 74_999, back, back + 74_999, back + 75_000].map(missingAt)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
});
