import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CountReader } from "../../src/app/gather-counts/count-reader.ts";
import type { RawSeries } from "../../src/app/ports.ts";
import {
  BAD,
  BY,
  look,
  ratio,
  Scraped,
  type Scrapes,
  series,
  steady,
  TOTAL,
  told,
  whyOf,
} from "./scraped.ts";

function counts(total: readonly RawSeries[], bad: readonly RawSeries[] = []): Scraped {
  const named = (all: readonly RawSeries[], name: string) =>
    all.map((each) => ({ ...each, labels: { ...each.labels, __name__: name } }));
  return new Scraped({ [TOTAL]: named(total, TOTAL), [BAD]: named(bad, BAD) });
}

async function allOf(source: Scraped, asked: Parameters<typeof look>[1]): Promise<string[]> {
  return told((await look(source, asked)).counts.get("error_rate")?.all);
}

describe("blocks", () => {
  const total = series({}, steady(-10, [100, 110, 120, 130, 140, 150, 160]));
  const bad = series({}, steady(-10, [5, 5, 6, 6, 8, 8, 8]));

  test("hold what was scraped within them, and nothing else", async () => {
    expect(await allOf(counts([total], [bad]), { now: 80 })).toEqual(["0–30: 20 1 1", "30–60: 20 2 2"]);
  });

  test("are closed only when what was scraped in them is there", async () => {
    expect(await allOf(counts([total], [bad]), { now: 75.9 })).toEqual(["0–30: 20 1 1"]);
    expect(await allOf(counts([total], [bad]), { now: 45 })).toEqual([]);
  });

  test("go on where the last one ended, whoever looks and whenever", async () => {
    const reader = new CountReader(counts([total], [bad]));
    for (const asked of [reader, counts([total], [bad])])
      expect(told((await look(asked, { from: 30, now: 79 })).counts.get("error_rate")?.all)).toEqual([
        "30–60: 20 2 2",
      ]);
    expect(await allOf(counts([total], [bad]), { from: 60, now: 80 })).toEqual([]);
  });

  test("of a stage leave out what may be older than it, and begin with it", async () => {
    expect(await allOf(counts([total], [bad]), { from: 2, now: 80 })).toEqual([
      "2–30: 10 1 1",
      "30–60: 20 2 2",
    ]);
  });

  test("are there though nothing was requested", async () => {
    const idle = series({}, steady(-10, [7, 7, 7]));
    expect(await allOf(counts([idle]), { now: 50 })).toEqual(["0–30: 0 0 0"]);
  });

  test("sum over instances: one series split over pods changes nothing", async () => {
    const increments = fc.array(fc.array(fc.nat(50), { minLength: 6, maxLength: 6 }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(increments, async (pods) => {
        const sums = (values: readonly number[]): number[] =>
          values.map((_, index) => values.slice(0, index + 1).reduce((sum, value) => sum + value, 1_000));
        const podsOf = pods.map((values, index) =>
          series({ instance: `pod-${index}` }, steady(-10, sums(values))),
        );
        const whole = [0, 1, 2, 3, 4, 5].map((index) =>
          pods.reduce((sum, pod) => sum + (pod[index] ?? 0), 0),
        );
        const together = series({}, steady(-10, sums(whole)));
        expect(await allOf(counts(podsOf), { now: 80 })).toEqual(
          await allOf(counts([together]), { now: 80 }),
        );
      }),
      { numRuns: 50 },
    );
  });

  test("never hold more failures than requests, though one that began in a block fails in the next", async () => {
    const late = series({}, steady(-10, [0, 0, 1, 1, 1]));
    const began = series({}, steady(-10, [0, 1, 1, 1, 1]));
    expect(await allOf(counts([began], [late]), { now: 50 })).toEqual(["0–30: 1 1 1"]);
    const next = series({}, steady(-10, [0, 0, 0, 1, 1]));
    expect(await allOf(counts([began], [next]), { now: 80 })).toEqual(["0–30: 1 0 0", "30–60: 1 1 1"]);
  });
});

describe("a counter", () => {
  test("that is lower than before began anew at zero", async () => {
    const total = series({}, steady(-10, [100, 110, 4, 9]));
    expect(await allOf(counts([total]), { now: 50 })).toEqual(["0–30: 14 0 0"]);
  });

  test("that nobody saw for a while grew by nobody's requests", async () => {
    const total = series({}, [
      [-10, 100],
      [5, 110],
      [65, 5_000],
      [80, 5_010],
      [95, 5_020],
    ]);
    const bad = series({}, [
      [-10, 0],
      [5, 0],
      [65, 900],
      [80, 901],
      [95, 901],
    ]);
    expect(await allOf(counts([total], [bad]), { now: 120 })).toEqual(["0–30: 10 0 0", "60–90: 10 1 1"]);
  });

  test("that misses one scrape has missed nothing", async () => {
    const total = series({}, [
      [-10, 100],
      [20, 130],
      [35, 140],
      [50, 150],
    ]);
    expect(await allOf(counts([total]), { now: 80 })).toEqual(["0–30: 30 0 0", "30–60: 20 0 0"]);
  });
});

describe("a series that was not there before", () => {
  const total = series({}, steady(-10, [100, 110, 120, 130, 140]));
  const born = series({}, steady(20, [3, 3, 5]));

  test("counts from zero where its target was scraped just before without it", async () => {
    expect(await allOf(counts([total], [born]), { now: 80 })).toEqual(["0–30: 20 3 3", "30–60: 20 2 2"]);
  });

  const canary = (scrapes: Scrapes, labels = {}) => series({ instance: "canary", ...labels }, scrapes);
  const failed = canary(steady(20, [8, 8, 8]));
  const served = canary(steady(20, [8, 20, 30]));

  /** With what else is known of the canary. */
  function launched(more: { readonly up?: Scrapes; readonly starts?: number }): Scraped {
    const asked = (name: string) => `${name}{job="shop",instance="canary"}`;
    const starts =
      more.starts === undefined ? [] : [canary(steady(20, [more.starts, more.starts, more.starts]))];
    return new Scraped({
      [TOTAL]: [total, served],
      [BAD]: [failed],
      [asked("up")]: more.up === undefined ? [] : [canary(more.up)],
      [asked("process_start_time_seconds")]: starts,
    });
  }
  const second = Date.parse("2026-11-20T12:00:00Z") / 1_000;

  test("counts from zero where its process is young: a canary that fails before its first scrape is seen", async () => {
    expect(await allOf(launched({ starts: second + 8 }), { now: 80 })).toEqual([
      "0–30: 28 8 8",
      "30–60: 42 0 0",
    ]);
  });

  test("counts from zero where its target was up just before: its first requests made it", async () => {
    const up = steady(5, [1, 1, 1]);
    expect(await allOf(launched({ up }), { now: 80 })).toEqual(["0–30: 28 8 8", "30–60: 42 0 0"]);
  });

  test.each([
    ["at the first scrape of its target", {}],
    [
      "where its target was down before: it may have counted meanwhile",
      {
        up: [
          [5, 0],
          [20, 1],
          [35, 1],
        ] as Scrapes,
      },
    ],
    ["where its process is old: a new job over it", { starts: second - 3_600 }],
  ])("counts from its first value %s", async (_, more) => {
    expect(await allOf(launched(more), { now: 80 })).toEqual(["0–30: 20 0 0", "30–60: 42 0 0"]);
  });

  test("counts from its first value when Prometheus has begun anew", async () => {
    const after = [series({}, steady(20, [50_000, 50_010, 50_020]))];
    expect(await allOf(counts(after, [series({}, steady(20, [700, 700, 701]))]), { now: 80 })).toEqual([
      "30–60: 20 1 1",
    ]);
  });

  test("counts from its first value where another one of its name ended: it was given other labels", async () => {
    const before = series({ pod: "x" }, steady(-10, [9_000, 9_010]));
    const renamed = series({ pod: "x", team: "y" }, steady(20, [9_020, 9_030, 9_040]));
    const up = series({ __name__: "up" }, steady(-10, [1, 1, 1, 1, 1]));
    const source = new Scraped({ [TOTAL]: [before, renamed], 'up{job="shop",instance="a"}': [up] });
    expect(await allOf(source, { now: 80 })).toEqual(["0–30: 10 0 0", "30–60: 20 0 0"]);
  });
});

describe("two replicas behind one address", () => {
  /** A process that counts a request every 0.3 s from a minute before the start, and may begin anew at some second. */
  const countedBy = (second: number, restart: number): number =>
    second < restart ? Math.floor((second + 200) / 0.3) : Math.floor((second - restart) / 0.3);
  /** What a replica has scraped of it, every 15 s from a phase on. */
  const scrapesFrom = (phase: number, restart: number): Scrapes =>
    Array.from({ length: 24 }, (_, index): [number, number] => {
      const second = phase - 60 + index * 15;
      return [second, countedBy(second, restart)];
    });
  const upTo = (scrapes: Scrapes, end: number): number =>
    scrapes.filter(([second]) => second <= end).at(-1)?.[1] ?? 0;

  const phase = fc.integer({ min: 0, max: 149 }).map((tenths) => tenths / 10);
  const turns = fc.array(fc.nat(1), { minLength: 8, maxLength: 8 });

  async function sumOf(replicas: readonly Scrapes[], order: readonly number[]): Promise<number> {
    const sources = replicas.map((scrapes) => counts([series({}, scrapes)]));
    let turn = 0;
    const reader = new CountReader({
      rawSamples: (...asked) => (sources[order[turn] ?? 0] as Scraped).rawSamples(...asked),
    });
    let sum = 0;
    for (; turn < order.length; turn++) {
      const { counts: found } = await look(reader, { from: turn * 30, now: turn * 30 + 47 });
      sum += (found.get("error_rate")?.all ?? []).reduce((all, { total }) => all + total, 0);
    }
    return sum;
  }

  test("that scrape at different moments tell every request once, whoever of them answers", async () => {
    await fc.assert(
      fc.asyncProperty(phase, phase, turns, async (a, b, order) => {
        const replicas = [scrapesFrom(a, 1_000), scrapesFrom(b, 1_000)];
        const ends = order.map((each, turn) => upTo(replicas[each] ?? [], (turn + 1) * 30));
        const begin = upTo(replicas[order[0] ?? 0] ?? [], 0);
        expect(await sumOf(replicas, order)).toBe(Math.max(...ends) - begin);
      }),
      { numRuns: 100 },
    );
  });

  test("tell nothing twice when the process begins anew, though they see that at different moments", async () => {
    const restarts = fc.integer({ min: 1, max: 230 });
    await fc.assert(
      fc.asyncProperty(phase, phase, turns, restarts, async (a, b, order, restart) => {
        const replicas = [scrapesFrom(a, restart), scrapesFrom(b, restart)];
        const [first] = order;
        const begin = upTo(replicas[first ?? 0] ?? [], 0);
        const most = countedBy(restart - 0.001, restart) - begin + countedBy(240, restart);
        const sum = await sumOf(replicas, order);
        expect(sum).toBeLessThanOrEqual(most);
        // What was not scraped before the end of the process is lost, and what the last scrape did not see.
        expect(sum).toBeGreaterThanOrEqual(most - 2 * 50);
      }),
      { numRuns: 100 },
    );
  });

  test("the one that sees wins over the one that has lost the target", async () => {
    const sees = counts([series({}, steady(-10, [100, 110, 120, 130, 140, 150]))]);
    const lost = counts([series({}, steady(-10, [100, 110]))]);
    let asked = 0;
    const reader = new CountReader({
      rawSamples: (...what) => (asked++ === 1 ? lost : sees).rawSamples(...what),
    });
    expect(told((await look(reader, { now: 50 })).counts.get("error_rate")?.all)).toEqual(["0–30: 20 0 0"]);
    const next = await look(reader, { from: 30, now: 80 });
    expect([told(next.counts.get("error_rate")?.all), whyOf(next)]).toEqual([["30–60: 20 0 0"], []]);
  });
});

test("a label tells treatment from control in the same answer", async () => {
  const of = (variant: string, values: readonly number[]) =>
    series(variant === "" ? {} : { variant }, steady(-10, values));
  const source = counts(
    [of("on", [0, 5, 9, 12, 20]), of("off", [0, 50, 90, 120, 200]), of("", [0, 1, 1, 1, 1])],
    [of("on", [0, 1, 2, 2, 4]), of("off", [0, 0, 0, 1, 1])],
  );
  const criteria = [ratio({ compare: { by: BY, margin: 0.5 } })];
  const found = (await look(source, { now: 50, criteria })).counts.get("error_rate");
  expect(told(found?.all)).toEqual(["0–30: 100 2 2"]);
  expect(told(found?.variants?.treatment)).toEqual(["0–30: 9 2 2"]);
  expect(told(found?.variants?.control)).toEqual(["0–30: 90 0 0"]);
  expect(source.questions).toHaveLength(1);
});
