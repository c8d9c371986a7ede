import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../src/domain/time.ts";
import { walks } from "../support/walks.ts";

describe("durations, as Prometheus writes them", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["250ms", 250],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["8h", 28_800_000],
    ["7d", 604_800_000],
    ["1y2w", 32_745_600_000],
  ])("%s is %d ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "5", "1.5h", "30m1h", "1h1h", "-1m", "1 m", "m", "1H", "__proto__"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("are written as they are read", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
      walks(100),
    );
    expect(formatDuration(5_400_000)).toBe("1h30m");
    expect(formatDuration(0)).toBe("0s");
  });
});
