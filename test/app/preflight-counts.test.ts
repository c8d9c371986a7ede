import { expect, test } from "@jest/globals";
import { Deadline } from "../../src/app/deadline.ts";
import { CountReader } from "../../src/app/gather-counts/count-reader.ts";
import type { RawSeries } from "../../src/app/ports.ts";
import { checkCounts } from "../../src/app/preflight/counts-check.ts";
import type { PreflightCheck } from "../../src/app/preflight/preflight-check.ts";
import { preflight } from "../../src/app/preflight.ts";
import { policyFrom } from "../support/generated.ts";
import { unreadable } from "./evidence-sources.ts";
import { Scraped, type Scrapes, START, series, steady } from "./scraped.ts";

const ALERT = "alerts: [{ alert: Broken, metric: error_rate, above: 1, rollback: stage }]";

const shop = (metric: string, alert = ALERT, gates = "") =>
  policyFrom(
    `scrape: { interval: 15s, timeout: 4s }\nmetrics: [{ unit: percent, ${metric} }]\n${alert}\n${gates}`,
  );

const ratio = "record: error_rate, ratio: { bad: errors_total, total: requests_total }";

async function check(
  policy: ReturnType<typeof shop>,
  found: Readonly<Record<string, readonly RawSeries[]>>,
  traffic = 0,
): Promise<PreflightCheck> {
  const deadline = new Deadline(5_000);
  try {
    const now = START + 320_000;
    return await checkCounts(policy, new CountReader(new Scraped(found)), { now, traffic }, deadline);
  } finally {
    deadline.clear();
  }
}

/** Twenty scrapes, and so much more at each. */
const growing = (by: number): Scrapes =>
  steady(
    5,
    Array.from({ length: 22 }, (_, index) => 1_000 + index * by),
  );
const counter = (name: string, by: number, labels = {}) => series({ __name__: name, ...labels }, growing(by));
const healthy = {
  requests_total: [counter("requests_total", 10)],
  errors_total: [counter("errors_total", 1)],
};

test("counters that count, and a policy that counts nothing", async () => {
  expect(await check(shop(ratio), healthy)).toMatchObject({ name: "prometheus", status: "pass" });
  const plain = shop("record: error_rate, expr: errors / requests * 100");
  expect(await check(plain, {})).toMatchObject({ status: "pass" });
});

test("a counter that is a gauge", async () => {
  const values = Array.from({ length: 22 }, (_, index) => 100 - (index % 5) * 7);
  const gauge = series({ __name__: "requests_total" }, steady(5, values));
  expect(await check(shop(ratio), { ...healthy, requests_total: [gauge] })).toEqual({
    name: "prometheus",
    status: "warn",
    detail: "error_rate: requests_total goes down again and again: it is no counter",
    fix: expect.stringContaining("name a counter, which only grows"),
  });
});

test("a total that is smaller than its bad part", async () => {
  const found = {
    requests_total: [counter("requests_total", 1)],
    errors_total: [
      series(
        { __name__: "errors_total" },
        steady(
          5,
          Array.from({ length: 22 }, (_, index) => 5_000 + index * 9),
        ),
      ),
    ],
  };
  expect(await check(shop(ratio), found)).toMatchObject({
    status: "warn",
    detail: "error_rate: errors_total counts more than requests_total: it is no part of it",
    fix: "let total select all requests, those that failed among them",
  });
});

test("no such counter, said once though a gate and an alert read it", async () => {
  const { detail, fix } = await check(shop(ratio), {});
  expect(detail).toBe("error_rate: nothing matches requests_total");
  expect(fix).toMatch(/^see in Prometheus that its name and its labels/);
});

test("a label whose treatment never occurs", async () => {
  const by = 'by: { label: variant, treatment: "on", control: "off" }, compare: { margin: 0.5 % }';
  const gates = `gates: { standard: { criteria: { error_rate: { green: "< 0.1", red: "> 1" } } } }`;
  const requests_total = [counter("requests_total", 10, { variant: "off" })];
  const policy = shop(`${ratio}, ${by}`, ALERT, gates);
  const found = { ...healthy, requests_total };
  // Before anybody has it there can be none.
  expect(await check(policy, found, 0)).toMatchObject({ status: "pass" });
  const { status, detail, fix } = await check(policy, found, 10);
  expect(status).toBe("warn");
  expect(detail).toBe('error_rate: variant="on" does not occur in requests_total, which has "off"');
  expect(fix).toContain("docs/flags.md");
  const unlabelled = await check(policy, healthy);
  expect(unlabelled.detail).toMatch(/variant="on" does not occur .*; .*variant="off" does not occur/);
});

test("a histogram without an alert's bound as a bucket: those that are near are told", async () => {
  const bucket = (le: string, by: number) => counter("duration_seconds_bucket", by, { le });
  const policy = policyFrom(`scrape: { interval: 15s, timeout: 4s }
metrics: [{ record: p95, unit: milliseconds, latency: { histogram: duration_seconds, quantile: 0.95 } }]
alerts: [{ alert: Slow, metric: p95, above: 500, rollback: stage }]
`);
  const buckets = { duration_seconds: [bucket("0.25", 8), bucket("1", 9), bucket("+Inf", 10)] };
  expect(await check(policy, buckets)).toEqual({
    name: "prometheus",
    status: "warn",
    detail: "p95: 500 ms is no bucket of duration_seconds of a; the nearest are 250 ms and 1000 ms",
    fix: "write a bound that is a bucket's, or give the application's histogram such a bucket",
  });
});

test("Prometheus that does not answer", async () => {
  const deadline = new Deadline(5_000);
  const reader = new CountReader({
    rawSamples: async (asked) => asked.map(() => ({ failure: "it is away" })),
  });
  expect(await checkCounts(shop(ratio), reader, { now: START, traffic: 0 }, deadline)).toMatchObject({
    status: "warn",
    detail: "error_rate: it is away",
    fix: "see that Prometheus is up and answers whole",
  });
  deadline.clear();
});

test("preflight as a whole tells of it at the check of Prometheus, unless a target is down", async () => {
  const policy = shop(ratio);
  const target = { job: "shop", instance: "a", up: true, lastError: "" };
  const prometheus = async (up: boolean, counts: CountReader | null) => {
    const metrics = {
      query: async () => ({ values: [], warnings: [] }),
      queryRange: async () => ({ series: [], warnings: [] }),
      targets: async () => [{ ...target, up }],
      ruleGroups: async () => [],
      format: async (expr: string) => expr,
      ...unreadable,
    };
    const store = {
      kind: "redis" as const,
      transact: async () => Promise.reject(new Error("it is away")),
      read: async () => Promise.reject(new Error("it is away")),
      skew: () => null,
      ping: async () => undefined,
    };
    const { checks } = await preflight(
      {
        metrics,
        counts,
        alerts: null,
        store,
        clock: { now: () => START },
        policies: () => [policy],
        policyProblems: () => [],
        channels: { slack: true, pagerduty: true, email: true },
        production: false,
      },
      policy,
    );
    return checks.find(({ name }) => name === "prometheus");
  };
  const nothing = new CountReader(new Scraped({}));
  expect(await prometheus(true, nothing)).toMatchObject({
    status: "warn",
    detail: expect.stringContaining("nothing matches"),
  });
  expect(await prometheus(false, nothing)).toMatchObject({
    status: "fail",
    detail: expect.stringContaining("down"),
  });
  expect(await prometheus(true, null)).toMatchObject({ status: "pass" });
});
