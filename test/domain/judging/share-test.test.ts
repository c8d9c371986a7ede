import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  logEvidenceAbove,
  logEvidenceBelow,
  neededForGreen,
  upperBound,
} from "../../../src/domain/judging/share-test.ts";
import { walks } from "../../support/walks.ts";

const PROVEN = Math.log(20);

const counts = fc
  .tuple(fc.integer({ min: 0, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([total, share]) => ({ total, bad: Math.round(total * share ** 4) }));

const limits = fc.double({ min: 0.0005, max: 0.9, noNaN: true });

describe("how many requests prove that a share is below a limit", () => {
  it.each([
    [0.01, [367, 657, 881, 1080, 1265, 1441]],
    [0.001, [3678, 6593, 8832, 10827, 12684, 14450]],
    [0.05, [72, 130, 174, 213, 250, 285]],
  ])("of %d, with none to five bad ones", (limit, needed) => {
    expect([0, 1, 2, 3, 4, 5].map((bad) => neededForGreen(limit, bad, 0.05))).toEqual(needed);
  });

  it("is where the evidence is enough, and not before", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 0, max: 500 }), (limit, bad) => {
        const needed = neededForGreen(limit, bad, 0.05);
        expect(logEvidenceBelow(bad, needed, limit)).toBeGreaterThanOrEqual(PROVEN);
        expect(logEvidenceBelow(bad, needed - 1, limit)).toBeLessThan(PROVEN);
      }),
      walks(100),
    );
  });
});

describe("evidence for one side of a limit", () => {
  it("is none while the counts are on the other side of it, or on it", () => {
    expect(logEvidenceBelow(1, 20, 0.05)).toBe(0);
    expect(logEvidenceAbove(1, 20, 0.05)).toBe(0);
    fc.assert(
      fc.property(counts, limits, ({ bad, total }, limit) => {
        const [below, above] = [logEvidenceBelow(bad, total, limit), logEvidenceAbove(bad, total, limit)];
        expect(Number.isFinite(below) && Number.isFinite(above)).toBe(true);
        expect(Math.min(Math.abs(below), Math.abs(above))).toBe(0);
      }),
      walks(300),
    );
  });

  it("is proven above 0.1 % by 7 bad ones of 1,000, and not by 5", () => {
    expect(logEvidenceAbove(7, 1_000, 0.001)).toBeGreaterThan(PROVEN);
    expect(logEvidenceAbove(5, 1_000, 0.001)).toBeLessThan(PROVEN);
  });
});

describe("the share that is bad at most", () => {
  it("is nothing that is known while there was no request", () => {
    expect(upperBound(0, 0, 0.05)).toBe(1);
    expect(upperBound(5, 5, 0.05)).toBe(1);
  });

  it("is below a limit exactly when that limit is proven", () => {
    fc.assert(
      fc.property(counts, limits, ({ bad, total }, limit) => {
        const bound = upperBound(bad, total, 0.05);
        expect(bound).toBeGreaterThanOrEqual(bad / Math.max(1, total));
        if (Math.abs(bound - limit) < 1e-9) return;
        expect(bound < limit).toBe(logEvidenceBelow(bad, total, limit) >= PROVEN);
      }),
      walks(200),
    );
  });
});
