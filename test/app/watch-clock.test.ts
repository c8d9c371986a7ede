import { expect, test } from "@jest/globals";
import { WatchClock } from "../../src/app/watch-clock.ts";

test("a clock that goes away is told once, and once when it is back", () => {
  const told: string[] = [];
  const tell = (level: string) => (_: object, message: string) => void told.push(`${level} ${message}`);
  let skew: number | null = null;
  const logger = { debug: tell("debug"), info: tell("info"), warn: tell("warn"), error: tell("error") };
  const clock = new WatchClock({ store: { skew: () => skew }, logger });
  for (skew of [null, 0, 2_000, -2_000, 2_001, 600_000, 1_999, 1_001]) clock.look();
  expect(told).toEqual([
    "warn this machine's clock is 2.0 s behind the store's: what is due, and how old it is, goes by the store's",
  ]);
  for (skew of [1_000, 0, -2_001, -600_000]) clock.look();
  expect(told.slice(1)).toEqual([
    "info this machine's clock agrees with the store's again",
    "warn this machine's clock is 2.0 s ahead of the store's: what is due, and how old it is, goes by the store's",
  ]);
});
