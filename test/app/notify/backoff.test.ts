import { expect, test } from "@jest/globals";
import { backoff } from "../../../src/app/notify/backoff.ts";

const away = { kind: "unavailable", retryAfter: null } as const;
const refused = { kind: "refused", retryAfter: null } as const;

test("waits twice as long each time, five minutes at most, and up to a half shorter by chance", () => {
  expect([1, 2, 3, 9, 500].map((attempt) => backoff(away, attempt, 0))).toEqual([
    1_000, 2_000, 4_000, 256_000, 300_000,
  ]);
  expect(backoff(away, 3, 0.999)).toBeGreaterThanOrEqual(2_000);
});

test("tries rarely what fails until somebody mends it", () => {
  expect([1, 2, 9].map((attempt) => backoff(refused, attempt, 0))).toEqual([60_000, 120_000, 900_000]);
});

test("waits as the service says, not all to the millisecond, and an hour at most", () => {
  const asked = (retryAfter: number) => backoff({ ...away, retryAfter }, 7, 0.5);
  expect([asked(30_000), asked(-1), asked(86_400_000)]).toEqual([30_500, 500, 3_600_500]);
});
