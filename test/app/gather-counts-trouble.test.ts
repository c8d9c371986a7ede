import { describe, expect, test } from "@jest/globals";
import type { RawSeries } from "../../src/app/ports.ts";
import type { GateCriterion } from "../../src/domain/gate.ts";
import { criterionOf } from "../support/policies.ts";
import {
  BAD,
  BY,
  look,
  ratio,
  Scraped,
  type Scrapes,
  START,
  series,
  steady,
  TOTAL,
  told,
  whyOf,
} from "./scraped.ts";

const total = series({ __name__: TOTAL }, steady(-10, [100, 110, 120, 130]));

async function whyNot(
  found: Readonly<Record<string, readonly RawSeries[]>>,
  criterion = ratio(),
): Promise<string> {
  const gathered = await look(new Scraped(found), { now: 50, criteria: [criterion] });
  expect([...gathered.counts.keys()]).toEqual([]);
  expect(gathered.trouble.map(({ blind }) => blind)).toEqual([true]);
  return whyOf(gathered).join();
}

describe("no data, and why:", () => {
  test("nothing matches", async () => {
    expect(await whyNot({})).toBe("nothing matches requests_total");
  });

  test("Prometheus does not answer", async () => {
    const failure = "Prometheus does not answer: connect ECONNREFUSED";
    const gathered = await look({ rawSamples: async (asked) => asked.map(() => ({ failure })) }, { now: 50 });
    expect(gathered.trouble).toEqual([{ metric: "error_rate", why: failure, blind: true }]);
  });

  test("Prometheus says that its answer may not be whole", async () => {
    const answer = { series: [total], warnings: ["a store is away"] };
    const gathered = await look({ rawSamples: async (asked) => asked.map(() => answer) }, { now: 50 });
    expect(whyOf(gathered)).toEqual(["Prometheus' answer for error_rate may not be whole: a store is away"]);
  });

  test.each([
    ["NaN", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
    ["negative", -1],
  ])("a counter that is %s", async (word, value) => {
    const odd = series({ __name__: BAD }, steady(-10, [1, value, 2]));
    expect(await whyNot({ [TOTAL]: [total], [BAD]: [odd] })).toBe(
      `errors_total is ${word}: it is no counter`,
    );
  });

  test("it is scraped more rarely than the policy says", async () => {
    const rare = series({}, steady(-50, [100, 160], 60));
    expect(await whyNot({ [TOTAL]: [rare] })).toBe(
      "samples of requests_total are 1m apart: the policy's scrape.interval is not how often it is scraped",
    );
  });

  const gauge = (name: string): RawSeries =>
    series({ __name__: name }, [
      [-10, 7],
      [2, 3],
      [9, 5],
      [14, 1],
      [22, 0],
    ]);
  const starts = (values: Scrapes) => ({
    'process_start_time_seconds{job="shop",instance="a"}': [series({}, values)],
  });

  test("a gauge that goes down again and again", async () => {
    expect(await whyNot({ [TOTAL]: [gauge(TOTAL)] })).toBe(
      "requests_total goes down again and again: it is no counter",
    );
  });

  test("a gauge that goes down while its process goes on, sooner", async () => {
    const twice = series({ __name__: BAD }, [
      [-10, 7],
      [5, 3],
      [20, 2],
    ]);
    const process = starts(
      steady(
        -10,
        [1, 1, 1, 1].map(() => START / 1_000 - 900),
      ),
    );
    expect(await whyNot({ [TOTAL]: [total], [BAD]: [twice], ...process })).toBe(
      "errors_total goes down again and again: it is no counter",
    );
  });

  test("more failures than there ever were requests", async () => {
    const more = series({}, steady(-10, [900, 950, 990]));
    expect(await whyNot({ [TOTAL]: [total], [BAD]: [more] })).toBe(
      "errors_total counts more than requests_total: it is no part of it",
    );
  });
});

test("a process that crashes again and again goes on being counted, for it says so", async () => {
  const crashing = series({ __name__: TOTAL }, [
    [-10, 70],
    [2, 30],
    [14, 20],
    [25, 10],
  ]);
  const began = [
    [-10, -20],
    [2, -5],
    [14, 5],
    [25, 20],
  ].map(([at = 0, began = 0]): [number, number] => [at, START / 1_000 + began]);
  const source = new Scraped({
    [TOTAL]: [crashing],
    'process_start_time_seconds{job="shop",instance="a"}': [series({}, began)],
  });
  const found = await look(source, { now: 50 });
  expect([told(found.counts.get("error_rate")?.all), whyOf(found)]).toEqual([["0–30: 60 0 0"], []]);
});

test("that the newest sample is old is said, and what was counted until then is told", async () => {
  const gone = series({}, steady(-10, [100, 110, 120]));
  const found = await look(new Scraped({ [TOTAL]: [gone] }), { now: 80 });
  expect(found.trouble).toEqual([
    {
      metric: "error_rate",
      why: "the newest sample of requests_total is older than two scrapes (30s)",
      blind: true,
    },
  ]);
  expect(told(found.counts.get("error_rate")?.all)).toEqual(["0–30: 20 0 0"]);
});

test("a treatment that never occurs is said, and the whole is counted", async () => {
  const plain = series({ variant: "old" }, steady(-10, [100, 110, 120]));
  const criteria = [ratio({ compare: { by: BY, margin: 0.5 } })];
  const found = await look(new Scraped({ [TOTAL]: [plain] }), { now: 50, criteria });
  expect(found.trouble).toEqual(
    ["on", "off"].map((value) => ({
      metric: "error_rate",
      why: `variant="${value}" does not occur in requests_total, which has "old"`,
      blind: false,
      advice: expect.stringContaining("docs/flags.md"),
      variant: value,
    })),
  );
  expect(told(found.counts.get("error_rate")?.all)).toEqual(["0–30: 20 0 0"]);
  expect(found.counts.get("error_rate")?.variants).toEqual({ treatment: [], control: [] });
});

test("what nobody has looked at for more than an hour is left out, and that is said", async () => {
  const long = series(
    {},
    steady(
      -7_200,
      Array.from({ length: 500 }, (_, index) => index * 10),
    ),
  );
  const found = await look(new Scraped({ [TOTAL]: [long] }), { from: -7_200, now: 50 });
  expect(whyOf(found)).toEqual(["nobody has counted it for more than 1h: what was before that is left out"]);
  expect(found.counts.get("error_rate")?.all).toHaveLength(120);
});

describe("a histogram", () => {
  const HISTOGRAM = "duration_seconds";
  function latency(green: string, red: string, of: { above: number } | { quantile: number }): GateCriterion {
    const counts = { kind: "latency", histogram: HISTOGRAM, of } as const;
    return {
      ...criterionOf("p95", green, red),
      counted: { counts, judge: "sequential", minimum: 0, compare: null, yellow: "hold" },
    };
  }
  const bucket = (le: string, values: readonly number[], labels = {}) =>
    series({ __name__: `${HISTOGRAM}_bucket`, le, ...labels }, steady(-10, values));
  const classic = (half: string, labels = {}) => [
    bucket("0.25", [50, 55, 60, 65], labels),
    bucket(half, [80, 88, 97, 105], labels),
    bucket("+Inf", [100, 110, 120, 130], labels),
  ];

  test.each(["0.5", "0.50", "5e-01", ".5"])("has its bound however it is written: %s", async (half) => {
    const criteria = [latency("< 1", "> 5", { above: 500 })];
    const found = await look(new Scraped({ [HISTOGRAM]: classic(half) }), { now: 50, criteria });
    expect(told(found.counts.get("p95")?.all)).toEqual(["0–30: 20 3 3"]);
  });

  test("of which a quantile is judged has a bound for red and one for green", async () => {
    const criteria = [latency("< 250", "> 500", { quantile: 0.95 })];
    const found = await look(new Scraped({ [HISTOGRAM]: classic("0.5") }), { now: 50, criteria });
    expect(told(found.counts.get("p95")?.all)).toEqual(["0–30: 20 3 10"]);
  });

  test("without the bound as a bucket is no data, and the nearest are named", async () => {
    const why = await whyNot({ [HISTOGRAM]: classic("0.5") }, latency("< 1", "> 5", { above: 300 }));
    expect(why).toBe("300 ms is no bucket of duration_seconds of a; the nearest are 250 ms and 500 ms");
    const above = await whyNot({ [HISTOGRAM]: classic("0.5") }, latency("< 1", "> 5", { above: 800 }));
    expect(above).toBe("800 ms is no bucket of duration_seconds of a; the nearest is 500 ms");
  });

  test("of which one instance has other buckets is no data: all of its requests would be slow", async () => {
    const other = [bucket("1", [1, 2, 3], { instance: "b" }), bucket("+Inf", [1, 2, 3], { instance: "b" })];
    const why = await whyNot(
      { [HISTOGRAM]: [...classic("0.5"), ...other] },
      latency("< 1", "> 5", { above: 500 }),
    );
    expect(why).toBe("500 ms is no bucket of duration_seconds of b; the nearest is 1000 ms");
  });

  const native = (counts: readonly (readonly number[])[]): RawSeries => ({
    labels: { __name__: HISTOGRAM, job: "shop", instance: "a" },
    samples: [],
    histograms: counts.map(([below = 0, half = 0, above = 0], index) => ({
      at: START + (index * 15 - 10) * 1_000,
      count: below + half + above,
      buckets: [
        { lower: -0.001, upper: 0.001, count: 0 },
        { lower: 0.25, upper: 0.5, count: below },
        { lower: 0.5, upper: 1, count: half },
        { lower: 1, upper: 2, count: above },
      ],
    })),
  });

  test("that is native tells the same at a bound of its buckets, and interpolates between two as Prometheus does", async () => {
    const source = new Scraped({
      [HISTOGRAM]: [
        native([
          [80, 20, 0],
          [88, 22, 1],
          [96, 24, 2],
        ]),
      ],
    });
    const of = async (above: number) =>
      told(
        (await look(source, { now: 50, criteria: [latency("< 1", "> 5", { above })] })).counts.get("p95")
          ?.all,
      );
    expect(await of(500)).toEqual(["0–30: 22 6 6"]);
    expect(await of(1_000)).toEqual(["0–30: 22 2 2"]);
    // Half of the bucket, on its scale of logarithms.
    expect(await of(500 * Math.SQRT2)).toEqual(["0–30: 22 4 4"]);
  });

  test("that is exposed both ways is counted once", async () => {
    const source = new Scraped({
      [HISTOGRAM]: [
        native([
          [80, 20, 0],
          [88, 22, 0],
          [97, 23, 0],
        ]),
        ...classic("0.5"),
      ],
    });
    const found = await look(source, { now: 50, criteria: [latency("< 1", "> 5", { above: 500 })] });
    expect(told(found.counts.get("p95")?.all)).toEqual(["0–30: 20 3 3"]);
  });

  test("that nobody has is no data", async () => {
    expect(await whyNot({}, latency("< 1", "> 5", { above: 500 }))).toBe(
      "no histogram matches duration_seconds",
    );
  });
});
