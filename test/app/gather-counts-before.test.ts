import { describe, expect, test } from "@jest/globals";
import { CountReader } from "../../src/app/gather-counts/count-reader.ts";
import { gatherCountsBefore } from "../../src/app/gather-counts-before.ts";
import type { RangeAnswer } from "../../src/app/ports.ts";
import { BAD, ratio, Scraped, START, series, steady, TOTAL } from "./scraped.ts";

const HOUR = 3_600;
const before = () => ({ stage: START + 10_000, rollout: START - HOUR * 1_000 });
const minutes = (each: number) =>
  steady(
    -3 * HOUR,
    Array.from({ length: 800 }, (_, index) => index * each),
  );

function gather(source: Scraped, values: Readonly<Record<string, number>> | null) {
  const asked: [expr: string, from: number][] = [];
  const metrics = {
    async queryRange(expr: string, { from }: { from: number }): Promise<RangeAnswer> {
      asked.push([expr, from]);
      const value = Object.entries(values ?? {}).find(([part]) => expr.startsWith(part))?.[1];
      return { series: value === undefined ? [] : [[{ at: from, value }]], warnings: [] };
    },
  };
  const request = { criteria: [ratio()], before, scrape: { interval: 15_000 } };
  const known = gatherCountsBefore(new CountReader(source), values === null ? null : metrics, request);
  return known.then((found) => ({ found: found.get("error_rate"), asked }));
}

describe("what was usual before a change", () => {
  const source = new Scraped({
    [TOTAL]: [series({ __name__: TOTAL }, minutes(10))],
    [BAD]: [series({ __name__: BAD }, minutes(1))],
  });

  test("are the blocks of two hours before the stage, and the day before the rollout", async () => {
    const { found, asked } = await gather(source, {
      "sum(increase(requests_total": 5_000.4,
      "sum(increase(errors_total": 12,
    });
    expect(found?.blocks).toHaveLength(240);
    expect(found?.blocks.every(({ total, bad }) => total === 20 && bad === 2)).toBe(true);
    expect(found?.blocks.at(-1)?.to).toBe(START);
    expect(found?.day).toEqual({ total: 5_000, bad: 12, elevated: 12 });
    expect(new Set(asked.map(([, from]) => from))).toEqual(new Set([START - HOUR * 1_000]));
    expect(asked[0]?.[0]).toContain("[1d]");
  });

  test("is not known where nothing tells", async () => {
    expect((await gather(new Scraped({}), {})).found).toBeUndefined();
    expect((await gather(source, null)).found?.day).toBeNull();
    expect(
      (await gather(source, { "sum(increase(requests_total": Number.POSITIVE_INFINITY })).found?.day,
    ).toBeNull();
  });

  test("a gap in it is a gap of blocks", async () => {
    const gap = minutes(10).filter(([second]) => second < -HOUR || second > -HOUR / 2);
    const { found } = await gather(new Scraped({ [TOTAL]: [series({}, gap)] }), null);
    expect(Math.max(...(found?.blocks ?? []).map(({ total }) => total))).toBe(20);
    expect(found?.blocks.length).toBeLessThan(185);
  });
});
