import { expect, test } from "@jest/globals";
import { farthest } from "../../../src/adapters/store/farthest.ts";
import { MeasuredClock } from "../../../src/adapters/store/redis/measured-clock.ts";

const MINUTE = 60_000;

/** What a server says whose clock is so far ahead of this machine's monotonic time. */
const said = (ahead: number, at: number): number => Math.floor(at + ahead);

test("nothing is known before the first answer", () => {
  const clock = new MeasuredClock();
  expect(clock.now()).toBeUndefined();
  expect(clock.ahead()).toBeUndefined();
});

test("it is half a round trip ago that the server has looked, and no later answer makes that worse", () => {
  const clock = new MeasuredClock();
  const ahead = Date.now() - performance.now() + 10 * MINUTE;
  const sent = performance.now();
  clock.measured(said(ahead, sent + 20), sent, sent + 40);
  const first = clock.ahead() ?? 0;
  expect(Math.abs(first - 10 * MINUTE)).toBeLessThan(30);
  // It took a second, and nobody knows where: it says nothing new.
  clock.measured(said(ahead, sent + 990), sent, sent + 1_000);
  expect(Math.abs((clock.ahead() ?? 0) - first)).toBeLessThan(10);
});

test("a quick answer corrects what a slow one has left open, and a clock that was set is followed", () => {
  const clock = new MeasuredClock();
  const ahead = Date.now() - performance.now();
  const sent = performance.now();
  clock.measured(said(ahead, sent + 4_000), sent, sent + 4_000);
  expect(clock.ahead()).toBeGreaterThan(1_000);
  clock.measured(said(ahead, sent + 5_000), sent + 5_000, sent + 5_001);
  expect(Math.abs(clock.ahead() ?? MINUTE)).toBeLessThan(20);
  clock.measured(said(ahead - 10 * MINUTE, sent + 6_000), sent + 6_000, sent + 6_001);
  expect(Math.abs((clock.ahead() ?? 0) + 10 * MINUTE)).toBeLessThan(20);
});

test("of several clocks the farthest is told", () => {
  expect(farthest([])).toBeNull();
  expect(farthest([undefined, 3, -4, undefined, 2])).toBe(-4);
});
