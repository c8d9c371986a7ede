import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { SteadyClock } from "../../../src/adapters/store/steady-clock.ts";

const MINUTE = 60_000;
const NOON = 1_790_000_000_000;

test("is the store's clock while nobody sets that", () => {
  const steady = new SteadyClock();
  for (const time of [NOON, NOON + 1, NOON + MINUTE]) expect(steady.at(time)).toBe(time);
});

test("is never behind what was committed, and goes on from there at half the speed", () => {
  const steady = new SteadyClock();
  steady.committed(NOON, NOON);
  const back = NOON - 10 * MINUTE;
  expect(steady.at(back)).toBe(NOON);
  expect(steady.at(back + MINUTE)).toBe(NOON + MINUTE / 2);
  // A millisecond at a time, too.
  for (let passed = 1; passed <= 1_000; passed++) steady.at(back + MINUTE + passed);
  expect(steady.at(back + MINUTE + 1_000)).toBe(NOON + (MINUTE + 1_000) / 2);
  expect(steady.at(back + 20 * MINUTE)).toBe(NOON + 10 * MINUTE);
  expect(steady.at(back + 21 * MINUTE)).toBe(NOON + 11 * MINUTE);
});

test("goes on from what another process has committed, as far as that process' clock says", () => {
  const steady = new SteadyClock();
  expect(steady.at(NOON)).toBe(NOON);
  steady.committed(NOON + MINUTE, NOON + 1_000);
  expect(steady.at(NOON + 3_000)).toBe(NOON + MINUTE + 1_000);
  steady.committed(NOON, NOON);
  expect(steady.at(NOON + 3_000)).toBe(NOON + MINUTE + 1_000);
});

test("whatever its clock is set to, it never goes back, never stands still, and is never behind its clock", () => {
  const step = fc.oneof(
    fc.record({ passes: fc.integer({ min: 2, max: MINUTE }) }),
    fc.record({ isSet: fc.integer({ min: -60 * MINUTE, max: 60 * MINUTE }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const steady = new SteadyClock();
      let clock = NOON;
      let last = steady.at(clock);
      for (const each of steps) {
        const passes = "passes" in each;
        clock += passes ? each.passes : each.isSet;
        const now = steady.at(clock);
        expect(now).toBeGreaterThanOrEqual(
          Math.max(clock, passes ? last + Math.floor(each.passes / 2) : last),
        );
        last = now;
      }
    }),
  );
});
