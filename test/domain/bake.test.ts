import { describe, expect, it } from "@jest/globals";
import {
  afterBlindCheck,
  afterGoodCheck,
  type Bake,
  checkEveryOf,
  isFresh,
  MAX_CHECKS_IN_A_ROW,
  resumeBake,
  startBake,
} from "../../src/domain/bake.ts";
import { criterionOf } from "../support/policies.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const errors = criterionOf("error_rate", "< 0.1", "> 1");
const row = (checksInARow: number) => criterionOf("test_pass_rate", ">= 98", "< 95", { checksInARow });
const none = new Map<string, number>();

/** A minute, looked at every ten seconds. */
const begun = startBake(MINUTE, 10 * SECOND, 0);

const goodAt = (bake: Bake, ...seconds: number[]): Bake =>
  seconds.reduce((sum, second) => afterGoodCheck(sum, none, second * SECOND), bake);

describe("how often a stage is checked", () => {
  it("is as its plan says", () => {
    expect(checkEveryOf({ checkEvery: 15 * MINUTE }, 8 * HOUR, [errors])).toBe(15 * MINUTE);
    expect(checkEveryOf({ checkEvery: 15 * MINUTE }, 8 * HOUR, [])).toBe(15 * MINUTE);
  });

  it("is more often where a gate wants more checks in a row than that gives", () => {
    expect(checkEveryOf({ checkEvery: 12 * HOUR }, 24 * HOUR, [errors, row(6), row(3)])).toBe(4 * HOUR);
  });

  it("is never at once, however short the bake is", () => {
    expect(checkEveryOf({ checkEvery: 1 }, 3, [row(6)])).toBe(1);
  });
});

describe("a bake", () => {
  it("begins with nothing seen, and its first check vouches for the time since", () => {
    expect(begun).toEqual({
      needed: MINUTE,
      seen: 0,
      checkEvery: 10 * SECOND,
      countFrom: 0,
      nextSampleAt: 10 * SECOND,
      nextCheckAt: 10 * SECOND,
      lastGoodAt: null,
      missing: [],
      samples: new Map(),
    });
    expect(goodAt(begun, 10)).toMatchObject({ seen: 10 * SECOND, nextCheckAt: 20 * SECOND });
  });

  it("that is shorter than the time between checks is checked at its end", () => {
    expect(startBake(SECOND, MINUTE, 5).nextCheckAt).toBe(5 + SECOND);
  });

  it("is checked once more just when it is done, and then as often as before", () => {
    const late = afterGoodCheck(goodAt(begun, 10, 20, 30, 40), none, 50 * SECOND + 4 * SECOND);
    expect(late.nextCheckAt).toBe(MINUTE);
    const done = goodAt(late, 60);
    expect(done).toMatchObject({ seen: MINUTE, nextCheckAt: 70 * SECOND });
    expect(goodAt(done, 70)).toMatchObject({ seen: 70 * SECOND, nextCheckAt: 80 * SECOND });
  });

  it("counts a check that is a little late, and nothing before one that is more", () => {
    const at = (late: number) => afterGoodCheck(begun, none, 10 * SECOND + late);
    expect(at(5 * SECOND).seen).toBe(10 * SECOND + 5 * SECOND);
    expect(at(5 * SECOND + 1)).toMatchObject({ seen: 0, countFrom: 10 * SECOND + 5 * SECOND + 1 });
    expect(at(30 * 24 * 60 * SECOND)).toMatchObject({
      seen: 0,
      lastGoodAt: 10 * SECOND + 30 * 24 * 60 * SECOND,
    });
  });

  it("counts nothing between a check that missed something and the next good one", () => {
    const blind = afterBlindCheck(goodAt(begun, 10), ["no data for error_rate"], 20 * SECOND);
    expect(blind).toMatchObject({ seen: 10 * SECOND, countFrom: null, lastGoodAt: 10 * SECOND });
    expect(blind).toMatchObject({
      missing: ["no data for error_rate"],
      nextCheckAt: 30 * SECOND,
    });
    const seeing = afterGoodCheck(blind, none, 25 * SECOND);
    expect(seeing).toMatchObject({ seen: 10 * SECOND, missing: [], countFrom: 25 * SECOND });
    expect(goodAt(seeing, 30).seen).toBe(15 * SECOND);
  });

  it("that is checked every few seconds is so too while nothing is seen", () => {
    expect(afterBlindCheck(startBake(MINUTE, 2 * SECOND, 0), ["x"], 0).nextCheckAt).toBe(2 * SECOND);
  });

  it("counts from when it is resumed", () => {
    const resumed = resumeBake(goodAt(begun, 10), 5 * MINUTE);
    expect(resumed).toMatchObject({
      seen: 10 * SECOND,
      countFrom: 5 * MINUTE,
      nextCheckAt: 5 * MINUTE + 10 * SECOND,
    });
    expect(afterGoodCheck(resumed, none, 5 * MINUTE + 10 * SECOND).seen).toBe(20 * SECOND);
  });

  it("that lacks little when it is resumed is checked just then, and at once when it is done", () => {
    const almost = { ...begun, seen: MINUTE - SECOND };
    expect(resumeBake(almost, 0).nextCheckAt).toBe(SECOND);
    expect(resumeBake({ ...begun, seen: 2 * MINUTE }, 0).nextCheckAt).toBe(1);
  });

  it("that could not see when it was paused cannot see when it is resumed, until somebody has looked", () => {
    const resumed = resumeBake(afterBlindCheck(begun, ["everything"], SECOND), MINUTE);
    expect(resumed).toMatchObject({ countFrom: null, nextCheckAt: MINUTE, missing: ["everything"] });
    expect(afterGoodCheck(resumed, none, MINUTE + SECOND, true).seen).toBe(0);
  });
});

describe("a bake that is checked rarely", () => {
  const rare = startBake(4 * HOUR, HOUR, 0);
  const value = new Map([["m", 1]]);

  it("is looked at once a minute, and each look vouches for its minute only", () => {
    expect(rare).toMatchObject({ nextCheckAt: MINUTE, nextSampleAt: HOUR });
    const looked = afterGoodCheck(rare, value, MINUTE);
    expect(looked).toMatchObject({ seen: MINUTE, nextCheckAt: 2 * MINUTE, nextSampleAt: HOUR });
    expect(afterGoodCheck(looked, value, 40 * MINUTE)).toMatchObject({ seen: MINUTE });
  });

  it("takes a sample when a check is due, when it can see again, when it is done, and when it is asked", () => {
    const sampled = (bake: Bake, at: number, isAsked = false) =>
      afterGoodCheck(bake, value, at, isAsked).samples.get("m")?.count ?? 0;
    expect(sampled(rare, MINUTE)).toBe(0);
    expect(sampled(rare, HOUR)).toBe(1);
    expect(sampled(afterBlindCheck(rare, ["x"], MINUTE), 2 * MINUTE)).toBe(1);
    expect(sampled({ ...rare, seen: 4 * HOUR - MINUTE }, MINUTE)).toBe(1);
    expect(sampled({ ...rare, seen: 4 * HOUR }, MINUTE)).toBe(0);
    expect(sampled(rare, MINUTE, true)).toBe(1);
  });
});

describe("the last check", () => {
  const good = goodAt(begun, 10);

  it("is fresh until the next one is overdue", () => {
    expect(isFresh(good, 10 * SECOND)).toBe(true);
    expect(isFresh(good, 20 * SECOND + 5 * SECOND)).toBe(true);
    expect(isFresh(good, 20 * SECOND + 5 * SECOND + 1)).toBe(false);
  });

  it("is not when there was none, or it missed something", () => {
    expect(isFresh(begun, 0)).toBe(false);
    expect(isFresh(afterBlindCheck(good, ["x"], 20 * SECOND), 20 * SECOND)).toBe(false);
  });

  it("is not when it was before a pause", () => {
    expect(isFresh(resumeBake(good, 11 * SECOND), 11 * SECOND)).toBe(false);
    expect(isFresh(goodAt(resumeBake(good, 11 * SECOND), 12), 12 * SECOND)).toBe(true);
  });
});

describe("the samples of a bake", () => {
  const seen = (...values: number[]) =>
    values
      .reduce((bake, value) => afterGoodCheck(bake, new Map([["m", value]]), bake.nextSampleAt), begun)
      .samples.get("m");

  it("are condensed to what any way of judging them needs", () => {
    expect(seen(3)).toEqual({ count: 1, sum: 3, min: 3, max: 3, recent: [3] });
    expect(seen(3, -1, 2)).toEqual({ count: 3, sum: 4, min: -1, max: 3, recent: [3, -1, 2] });
  });

  it("are kept one by one as far as any gate may ask for", () => {
    const many = seen(...Array.from({ length: MAX_CHECKS_IN_A_ROW + 5 }, (_, index) => index));
    expect(many).toMatchObject({ count: 105, min: 0, max: 104 });
    expect(many?.recent).toEqual(Array.from({ length: MAX_CHECKS_IN_A_ROW }, (_, index) => index + 5));
  });

  it("have numbers only that a store can give back", () => {
    for (const values of [
      [Number.POSITIVE_INFINITY, 1],
      [-1, Number.NEGATIVE_INFINITY],
      [Number.MAX_VALUE, Number.MAX_VALUE],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ]) {
      const samples = seen(...values);
      expect(JSON.parse(JSON.stringify(samples))).toEqual(samples);
    }
    expect(seen(Number.POSITIVE_INFINITY)?.max).toBe(Number.MAX_VALUE);
  });

  it("of metrics that a check did not bring stay as they were", () => {
    const bake = [["m", 1] as const, ["n", 2] as const].reduce(
      (sum, reading) => afterGoodCheck(sum, new Map([reading]), sum.nextSampleAt),
      begun,
    );
    expect([...bake.samples.keys()]).toEqual(["m", "n"]);
    expect(bake.samples.get("m")?.count).toBe(1);
  });
});
