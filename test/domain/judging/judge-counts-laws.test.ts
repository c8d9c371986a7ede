import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { CountBlock, Counts } from "../../../src/domain/counts.ts";
import { BLOCK, sumOf } from "../../../src/domain/judging/block.ts";
import {
  foldCounts,
  judgeCounts,
  readCounts,
  startCounts,
} from "../../../src/domain/judging/judge-counts.ts";
import { neededForGreen } from "../../../src/domain/judging/share-test.ts";
import { walks } from "../../support/walks.ts";
import { COMPARED, counted, TERMS } from "./counted.ts";

/** Blocks in their order, some of them missing. */
function series(most: number): fc.Arbitrary<CountBlock[]> {
  const block = fc.record({
    total: fc.nat(most),
    bad: fc.double({ min: 0, max: 1, noNaN: true }),
    isThere: fc.boolean(),
  });
  return fc.array(block, { maxLength: 40 }).map((all) =>
    all.flatMap(({ total, bad, isThere }, index) => {
      const failed = Math.floor(total * bad ** 6);
      const from = index * BLOCK;
      return isThere ? [{ from, to: from + BLOCK, total, bad: failed, elevated: failed }] : [];
    }),
  );
}

const counts: fc.Arbitrary<Counts> = fc
  .tuple(series(400), series(400), series(2_000))
  .map(([all, treatment, control]) => ({ all, variants: { treatment, control } }));

const terms = fc.constantFrom(TERMS, COMPARED, { ...TERMS, red: null });

/** What is known up to a moment; with `overlap` also what was told already. */
function between({ all, variants }: Counts, from: number, to: number): Counts {
  const part = (blocks: readonly CountBlock[]) =>
    blocks.filter((block) => block.from >= from && block.to <= to);
  return {
    all: part(all),
    variants: variants && { treatment: part(variants.treatment), control: part(variants.control) },
  };
}

describe("a verdict by counts", () => {
  it("is the same however often it was looked at, and whether what was told is told again", () => {
    fc.assert(
      fc.property(
        counts,
        terms,
        fc.array(fc.nat(40), { maxLength: 12 }),
        fc.boolean(),
        (seen, by, looks, again) => {
          const moments = [...looks.sort((a, b) => a - b), 40].map((look) => look * BLOCK);
          const often = moments.reduce(
            (state, moment) => foldCounts(state, between(seen, again ? 0 : state.until, moment), by),
            startCounts(by, 0, null),
          );
          expect(often).toEqual(counted(by, seen));
        },
      ),
      walks(300),
    );
  });

  it("is the same when one series is split over pods", () => {
    fc.assert(
      fc.property(series(400), fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const pods = all.map((block) => {
          const [total, bad] = [Math.floor(block.total * share), Math.floor(block.bad * share)];
          const one = { total, bad, elevated: bad };
          const other = { total: block.total - total, bad: block.bad - bad, elevated: block.elevated - bad };
          return { ...block, ...sumOf([one, other]) };
        });
        expect(counted(TERMS, pods)).toEqual(counted(TERMS, all));
      }),
      walks(100),
    );
  });

  it("is green only by evidence, red only by bad requests, and always a number", () => {
    fc.assert(
      fc.property(counts, terms, (seen, by) => {
        const state = counted(by, seen);
        const { verdict, redness } = judgeCounts(state, by);
        const { bad, total, bound, needed, limit } = readCounts(state, by);
        expect([redness, bound].every((share) => share >= 0 && share <= 1)).toBe(true);
        expect(Number.isInteger(needed)).toBe(true);
        if (verdict === "green") expect(bad < limit * total && total >= needed).toBe(true);
        if (verdict === "red") expect(bad).toBeGreaterThan(0);
        if (total < neededForGreen(limit, 0, by.alpha)) expect(verdict).not.toBe("green");
      }),
      walks(100),
    );
  });

  it("never breaks on counts that are none", () => {
    const wild = fc.double();
    const block = fc.record({ from: fc.nat(1e6), to: fc.nat(1e6), total: wild, bad: wild, elevated: wild });
    const blocks = fc.array(block, { maxLength: 10 });
    fc.assert(
      fc.property(blocks, blocks, blocks, terms, (all, treatment, control, by) => {
        const day = { total: 0, bad: 0, elevated: 0, ...all[0] };
        const start = startCounts(by, 0, { blocks: control, day });
        const state = foldCounts(start, { all, variants: { treatment, control } }, by);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
        expect(judgeCounts(state, by).redness).not.toBeNaN();
        expect(readCounts(state, by).bound).not.toBeNaN();
      }),
      walks(300),
    );
  });
});
