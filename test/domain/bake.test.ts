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

/** An hour, looked at every ten minutes. */
const begun = startBake(HOUR, 10 * MINUTE, 0);

const goodAt = (bake: Bake, ...minutes: number[]): Bake =>
  minutes.reduce((sum, minute) => afterGoodCheck(sum, none, minute * MINUTE), bake);

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
      needed: HOUR,
      seen: 0,
      checkEvery: 10 * MINUTE,
      countFrom: 0,
      nextCheckAt: 10 * MINUTE,
      lastGoodAt: null,
      missing: [],
      samples: new Map(),
    });
    expect(goodAt(begun, 10)).toMatchObject({ seen: 10 * MINUTE, nextCheckAt: 20 * MINUTE });
  });

  it("that is shorter than the time between checks is checked at its end", () => {
    expect(startBake(MINUTE, HOUR, 5).nextCheckAt).toBe(5 + MINUTE);
  });

  it("is checked once more just when it is done, and then as often as before", () => {
    const late = afterGoodCheck(goodAt(begun, 10, 20, 30, 40), none, 50 * MINUTE + 4 * SECOND);
    expect(late.nextCheckAt).toBe(HOUR);
    const done = goodAt(late, 60);
    expect(done).toMatchObject({ seen: HOUR, nextCheckAt: 70 * MINUTE });
    expect(goodAt(done, 70)).toMatchObject({ seen: 70 * MINUTE, nextCheckAt: 80 * MINUTE });
  });

  it("counts a check that is a little late, and nothing before one that is more", () => {
    const at = (late: number) => afterGoodCheck(begun, none, 10 * MINUTE + late);
    expect(at(5 * SECOND).seen).toBe(10 * MINUTE + 5 * SECOND);
    expect(at(5 * SECOND + 1)).toMatchObject({ seen: 0, countFrom: 10 * MINUTE + 5 * SECOND + 1 });
    expect(at(30 * 24 * HOUR)).toMatchObject({ seen: 0, lastGoodAt: 10 * MINUTE + 30 * 24 * HOUR });
  });

  it("counts nothing between a check that missed something and the next good one", () => {
    const blind = afterBlindCheck(goodAt(begun, 10), ["no data for error_rate"], 20 * MINUTE);
    expect(blind).toMatchObject({ seen: 10 * MINUTE, countFrom: null, lastGoodAt: 10 * MINUTE });
    expect(blind).toMatchObject({
      missing: ["no data for error_rate"],
      nextCheckAt: 20 * MINUTE + 15 * SECOND,
    });
    const seeing = afterGoodCheck(blind, none, 20 * MINUTE + 15 * SECOND);
    expect(seeing).toMatchObject({ seen: 10 * MINUTE, missing: [], countFrom: 20 * MINUTE + 15 * SECOND });
    expect(goodAt(seeing, 30).seen).toBe(20 * MINUTE - 15 * SECOND);
  });

  it("that is checked every few seconds is so too while nothing is seen", () => {
    expect(afterBlindCheck(startBake(HOUR, 2 * SECOND, 0), ["x"], 0).nextCheckAt).toBe(2 * SECOND);
  });

  it("counts from when it is resumed", () => {
    const resumed = resumeBake(goodAt(begun, 10), 5 * HOUR);
    expect(resumed).toMatchObject({
      seen: 10 * MINUTE,
      countFrom: 5 * HOUR,
      nextCheckAt: 5 * HOUR + 10 * MINUTE,
    });
    expect(afterGoodCheck(resumed, none, 5 * HOUR + 10 * MINUTE).seen).toBe(20 * MINUTE);
  });

  it("that lacks little when it is resumed is checked just then, and at once when it is done", () => {
    const almost = { ...begun, seen: HOUR - MINUTE };
    expect(resumeBake(almost, 0).nextCheckAt).toBe(MINUTE);
    expect(resumeBake({ ...begun, seen: 2 * HOUR }, 0).nextCheckAt).toBe(1);
  });

  it("that could not see when it was paused cannot see when it is resumed, until somebody has looked", () => {
    const resumed = resumeBake(afterBlindCheck(begun, ["everything"], MINUTE), HOUR);
    expect(resumed).toMatchObject({ countFrom: null, nextCheckAt: HOUR, missing: ["everything"] });
    expect(afterGoodCheck(resumed, none, HOUR + MINUTE).seen).toBe(0);
  });
});

describe("the last check", () => {
  const good = goodAt(begun, 10);

  it("is fresh until the next one is overdue", () => {
    expect(isFresh(good, 10 * MINUTE)).toBe(true);
    expect(isFresh(good, 20 * MINUTE + 5 * SECOND)).toBe(true);
    expect(isFresh(good, 20 * MINUTE + 5 * SECOND + 1)).toBe(false);
  });

  it("is not when there was none, or it missed something", () => {
    expect(isFresh(begun, 0)).toBe(false);
    expect(isFresh(afterBlindCheck(good, ["x"], 20 * MINUTE), 20 * MINUTE)).toBe(false);
  });

  it("is not when it was before a pause", () => {
    expect(isFresh(resumeBake(good, 11 * MINUTE), 11 * MINUTE)).toBe(false);
    expect(isFresh(goodAt(resumeBake(good, 11 * MINUTE), 12), 12 * MINUTE)).toBe(true);
  });
});

describe("the samples of a bake", () => {
  const seen = (...values: number[]) =>
    values.reduce((bake, value) => afterGoodCheck(bake, new Map([["m", value]]), 0), begun).samples.get("m");

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
    const bake = afterGoodCheck(afterGoodCheck(begun, new Map([["m", 1]]), 0), new Map([["n", 2]]), 0);
    expect([...bake.samples.keys()]).toEqual(["m", "n"]);
    expect(bake.samples.get("m")?.count).toBe(1);
  });
});
