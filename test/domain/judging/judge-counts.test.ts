import { describe, expect, it } from "@jest/globals";
import { BLOCK, sumOf } from "../../../src/domain/judging/block.ts";
import {
  foldCounts,
  judgeCounts,
  readCounts,
  startCounts,
  startPercentage,
} from "../../../src/domain/judging/judge-counts.ts";
import { blocks, COMPARED, counted, TERMS, variants } from "./counted.ts";

/** The 24 hours before, and two hours of them in blocks. */
function dayBefore(total: number, bad: number) {
  return { blocks: blocks(240, 100, 0), day: { total, bad, elevated: bad } };
}

describe("a criterion that is judged by counts", () => {
  it("is not enough until so many requests are seen as prove the limit, and green then", () => {
    const almost = counted(TERMS, blocks(1, 366, 0));
    expect(judgeCounts(almost, TERMS).verdict).toBe("not_enough");
    expect(readCounts(almost, TERMS)).toMatchObject({ total: 366, bad: 0, needed: 367, limit: 0.01 });
    const enough = foldCounts(almost, { all: blocks(1, 1, 0, BLOCK), variants: null }, TERMS);
    expect(judgeCounts(enough, TERMS)).toEqual({
      verdict: "green",
      by: "limit",
      asBefore: false,
      isAlone: false,
      redness: 0,
    });
    expect(readCounts(enough, TERMS).bound).toBeLessThan(0.01);
  });

  it("is red after two minutes of an outage, and after three and a half when hours were good before", () => {
    const found = (good: number) =>
      [3, 4, 5, 6, 7].find((bad) => {
        const seen = [...blocks(good, 150, 0), ...blocks(bad, 150, 150, good * BLOCK)];
        return judgeCounts(counted(TERMS, seen), TERMS).verdict === "red";
      });
    expect([0, 960].map(found)).toEqual([4, 7]);
  });

  it("is neither red nor yellow by a deploy's bad moment, though not green before it is outweighed", () => {
    const dip = counted(TERMS, [...blocks(1, 75, 38), ...blocks(60, 75, 0, BLOCK)]);
    expect(judgeCounts(dip, TERMS)).toMatchObject({ verdict: "not_enough", by: "limit" });
    expect(judgeCounts(counted(TERMS, blocks(1, 75, 38)), TERMS).redness).toBeGreaterThan(0);
  });

  it("takes failures that come in threes for one each", () => {
    const threes = Array.from({ length: 240 }, (_, index) => ({
      ...blocks(1, 100, index % 10 === 0 ? 9 : 0)[0],
      from: index,
      to: index,
    })) as ReturnType<typeof blocks>;
    const noisy = startCounts(TERMS, 0, { blocks: threes, day: null });
    expect(noisy.dispersion).toBe(5);
    const seen = { all: blocks(8, 100, 4), variants: null };
    expect(judgeCounts(foldCounts(noisy, seen, TERMS), TERMS).redness).toBeLessThan(
      judgeCounts(foldCounts(startCounts(TERMS, 0, null), seen, TERMS), TERMS).redness,
    );
  });

  it("begins when the stage has settled, and counts nothing twice", () => {
    const settled = startCounts(TERMS, 2 * BLOCK, null);
    const seen = { all: blocks(5, 100, 1), variants: null };
    const once = foldCounts(settled, seen, TERMS);
    expect(once.judged).toEqual({ total: 300, bad: 3, elevated: 3 });
    expect(foldCounts(once, seen, TERMS)).toEqual(once);
  });

  it("is held against the green limit where there is no red one, and never red", () => {
    const terms = { ...TERMS, red: null };
    expect(judgeCounts(counted(terms, blocks(10, 100, 100)), terms).verdict).toBe("yellow");
    const good = counted(terms, blocks(40, 100, 0));
    expect(judgeCounts(good, terms).verdict).toBe("green");
    expect(readCounts(good, terms)).toMatchObject({ limit: 0.001, needed: 3678 });
  });

  it("counts what is above each of two bounds by itself: a quantile's", () => {
    const terms = { ...TERMS, red: 0.05, green: 0.05 };
    const slow = blocks(20, 100, 1).map((block) => ({ ...block, elevated: 30 }));
    expect(judgeCounts(counted(terms, slow), terms)).toMatchObject({ verdict: "yellow" });
    expect(judgeCounts(counted(terms, blocks(20, 100, 1)), terms)).toMatchObject({ verdict: "green" });
  });

  it("is not green while its newest requests are not, however good the stage was before", () => {
    const seen = [...blocks(2_700, 50, 0), ...blocks(30, 50, 1, 2_700 * BLOCK)];
    const state = counted(TERMS, seen);
    expect(judgeCounts(state, TERMS)).toMatchObject({
      verdict: "not_enough",
      by: "limit",
      lately: { total: 1_300, bad: 26 },
    });
    // As a version that did not keep them has stored it.
    const { parts: _, ...before } = state;
    expect(judgeCounts(before, TERMS).verdict).toBe("green");
    const after = blocks(40, 50, 0, 2_730 * BLOCK);
    expect(judgeCounts(foldCounts(before, { all: after, variants: null }, TERMS), TERMS).verdict).toBe(
      "green",
    );
  });

  it("survives being written down", () => {
    const state = counted(COMPARED, variants(blocks(3, 100, 2), blocks(3, 900, 2)));
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(JSON.stringify(state).length).toBeLessThan(1_200);
  });
});

describe("more than green allows, and less than red forbids", () => {
  const above = blocks(200, 150, 1);

  it("holds when nobody knows how it was before", () => {
    expect(judgeCounts(counted(TERMS, above), TERMS)).toMatchObject({ verdict: "yellow", by: "limit" });
    const empty = foldCounts(startCounts(TERMS, 0, dayBefore(0, 0)), { all: above, variants: null }, TERMS);
    expect(judgeCounts(empty, TERMS).verdict).toBe("yellow");
  });

  it("is green, as before, where the day before was no better", () => {
    const state = foldCounts(
      startCounts(TERMS, 0, dayBefore(432_000, 2_880)),
      { all: above, variants: null },
      TERMS,
    );
    expect(judgeCounts(state, TERMS)).toMatchObject({ verdict: "green", asBefore: true });
    const strict = { ...TERMS, yellow: "hold" as const };
    expect(judgeCounts(state, strict)).toMatchObject({ verdict: "yellow", by: "limit", asBefore: false });
  });

  it("holds where the day before was clearly better", () => {
    const state = foldCounts(
      startCounts(TERMS, 0, dayBefore(432_000, 432)),
      { all: above, variants: null },
      TERMS,
    );
    expect(judgeCounts(state, TERMS)).toMatchObject({ verdict: "yellow", by: "before" });
  });

  it.each([75, 5_000, 200_000])(
    "holds when it is much more than usual, with %d requests a block",
    (total) => {
      const start = startCounts(TERMS, 0, dayBefore(10_000_000, 30_000));
      const state = foldCounts(
        start,
        { all: blocks(400, total, Math.round(total * 0.008)), variants: null },
        TERMS,
      );
      expect(judgeCounts(state, TERMS)).toMatchObject({ verdict: "yellow", by: "before" });
      const control = blocks(400, 19 * total, Math.round(19 * total * 0.003));
      const treatment = blocks(400, total, Math.round(total * 0.006));
      const compared = counted(COMPARED, variants(treatment, control));
      if (total > 75)
        expect(judgeCounts(compared, COMPARED)).toMatchObject({ verdict: "yellow", by: "control" });
    },
  );

  it("holds where the day before had nothing but failures only as far as that can be", () => {
    const state = foldCounts(
      startCounts(TERMS, 0, dayBefore(1_000, 1_000)),
      { all: above, variants: null },
      TERMS,
    );
    expect(judgeCounts(state, TERMS)).toMatchObject({ verdict: "green", asBefore: true });
  });

  it("is as before where control is no better, whatever yesterday was", () => {
    const start = startCounts(COMPARED, 0, dayBefore(432_000, 43));
    const same = foldCounts(start, variants(above, blocks(200, 1_500, 10)), COMPARED);
    expect(judgeCounts(same, COMPARED)).toMatchObject({ verdict: "green", asBefore: true, isAlone: false });
    const better = foldCounts(start, variants(above, blocks(200, 1_500, 1)), COMPARED);
    expect(judgeCounts(better, COMPARED)).toMatchObject({ verdict: "yellow", by: "control" });
  });
});

describe("treatment against control", () => {
  it("is red when treatment is worse by more than the margin, long before the whole service is", () => {
    const found = [1, 2, 3, 4, 5, 6, 7, 8].find((count) => {
      const state = counted(COMPARED, variants(blocks(count, 75, 4), blocks(count, 1_425, 1)));
      return judgeCounts(state, COMPARED).verdict === "red";
    });
    expect(found).toBe(4);
    const state = counted(COMPARED, variants(blocks(8, 75, 4), blocks(8, 1_425, 1)));
    expect(judgeCounts(state, COMPARED)).toMatchObject({ by: "control", redness: 1, isAlone: false });
  });

  it("is a shared cause when control is red too", () => {
    const state = counted(COMPARED, variants(blocks(20, 75, 6), blocks(20, 1_425, 114)));
    expect(judgeCounts(state, COMPARED)).toMatchObject({ verdict: "shared_cause", by: "limit" });
  });

  it("lets the limit judge alone while there is too little control, and says so", () => {
    const control = blocks(20, 1, 0).filter((_, index) => index % 2 === 0);
    const few = counted(COMPARED, variants(blocks(20, 75, 6), control));
    expect(judgeCounts(few, COMPARED)).toMatchObject({ verdict: "red", by: "limit", isAlone: true });
    expect(judgeCounts(startCounts(COMPARED, 0, null), COMPARED)).toMatchObject({
      verdict: "not_enough",
      isAlone: true,
    });
    const none = counted(COMPARED, variants(blocks(20, 75, 6), []));
    expect(judgeCounts(none, COMPARED)).toMatchObject({ verdict: "red", by: "limit", isAlone: true });
  });

  it("judges all requests where nothing tells the variants apart", () => {
    const state = counted(COMPARED, blocks(1, 367, 0));
    expect(judgeCounts(state, COMPARED)).toMatchObject({ verdict: "green", isAlone: true });
  });

  it("ends when the policy no longer asks for it", () => {
    const state = counted(COMPARED, variants(blocks(20, 75, 6), blocks(20, 1_425, 1)));
    const all = { all: blocks(1, 100, 0, 20 * BLOCK), variants: null };
    expect(foldCounts(state, all, TERMS)).toMatchObject({
      compared: null,
      judged: { total: 1_600, bad: 120 },
    });
  });

  it("compares nothing that was counted at another percentage", () => {
    const state = counted(COMPARED, variants(blocks(20, 75, 0), blocks(20, 1_425, 50)));
    const next = startPercentage(state);
    expect(next.compared).toMatchObject({ blocks: 0, control: { total: 0 }, treatment: { total: 0 } });
    expect(next.judged).toEqual(state.judged);
    const plain = counted(TERMS, blocks(3, 100, 0));
    expect(startPercentage(plain)).toBe(plain);
  });
});

describe("blocks", () => {
  it("are none where they are no counts, and nothing is bad that was not there", () => {
    const none = { total: 0, bad: 0, elevated: 0 };
    for (const wrong of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      expect(sumOf([{ total: wrong, bad: 1, elevated: 0 }])).toEqual(none);
      expect(sumOf([{ total: 5, bad: wrong, elevated: 0 }])).toEqual(none);
    }
    expect(sumOf([{ total: 5e-324, bad: 0, elevated: 0 }])).toEqual(none);
    expect(sumOf([{ total: 5, bad: 7, elevated: 9 }])).toEqual({ total: 5, bad: 5, elevated: 5 });
  });
});
