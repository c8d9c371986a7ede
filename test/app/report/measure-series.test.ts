import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createJsonApi } from "../../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../../src/adapters/prometheus/prometheus-source.ts";
import { Deadline } from "../../../src/app/deadline.ts";
import type { MetricsSource } from "../../../src/app/ports.ts";
import { type Reported, reportedMetrics } from "../../../src/app/report/criteria.ts";
import { measureSeries, type Series, stepOf } from "../../../src/app/report/measure-series.ts";
import { RollguardError } from "../../../src/domain/errors.ts";
import { policyFrom } from "../../support/generated.ts";
import { answering, freePort, startProcess, temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const policy = policyFrom(`
metrics:
  - { record: error_rate, expr: errors, unit: percent }
  - { record: pass_rate, expr: passes, unit: percent }
  - { record: uptime, expr: up, unit: percent }
  - { record: nowhere, expr: nothing, unit: count }
gates:
  standard:
    criteria:
      error_rate: { green: "< 0.1", red: "> 1" }
      pass_rate: { green: ">= 98", red: "< 95" }
      uptime: { green: ">= 100", red: "< 99", sustained: average }
      hits: { expr: "cache_hits / error_rate", green: "> 2" }
`);
const reported = reportedMetrics(policy, policy.gates.get("standard"));

const running = new Stopper();
afterAll(() => running.stop());

/** Whole minutes, long enough ago for its end to be over. */
const end = Math.floor(Date.now() / HOUR) * HOUR - HOUR;
const start = end - 6 * HOUR;
const spikeAt = start + 3 * HOUR + 7 * MINUTE;

let source: MetricsSource;

/** Six hours of a minute's samples each, with a gap, a spike of one sample, and another application's numbers. */
function history(): string {
  const series = (
    name: string,
    value: (at: number) => number | null,
    labels = 'application="shop"',
  ): string[] => {
    const lines: string[] = [];
    for (let at = start - 10 * MINUTE; at <= end; at += MINUTE) {
      const each = value(at);
      if (each !== null) lines.push(`${name}{${labels}} ${each} ${at / 1_000}`);
    }
    return [`# TYPE ${name} gauge`, ...lines];
  };
  const isGap = (at: number): boolean => at > start + HOUR && at <= start + 2 * HOUR;
  return [
    ...series("error_rate", (at) => (isGap(at) ? null : at === spikeAt ? 4 : 0.05)),
    ...series("error_rate", () => 50, 'application="bank"').slice(1),
    ...series("pass_rate", (at) => (at === spikeAt ? 90 : 99)),
    ...series("uptime", (at) => (at > end - HOUR ? 90 : 100)),
    ...series("cache_hits", () => 0.2, ""),
    "# EOF",
    "",
  ].join("\n");
}

beforeAll(async () => {
  const { path, remove } = await temporaryDirectory("report-series");
  running.add(remove);
  const data = join(path, "data");
  await mkdir(data);
  await writeFile(join(path, "history.txt"), history());
  await promisify(execFile)("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    join(path, "history.txt"),
    data,
  ]);
  await writeFile(join(path, "prometheus.json"), "{}");
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${join(path, "prometheus.json")}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
  ];
  const child = await startProcess({ name: "prometheus", command: "prometheus", args });
  running.add(child.stop);
  await answering(child, `http://${address}/-/ready`);
  source = createPrometheusSource(createJsonApi({ name: "Prometheus", url: `http://${address}` }));
});

async function measured(
  from: MetricsSource | null = source,
  span = { from: start, to: end },
  metrics: readonly Reported[] = reported,
): Promise<ReadonlyMap<string, Series>> {
  const deadline = new Deadline(8_000);
  try {
    return await measureSeries(from, metrics, policy, span, deadline);
  } finally {
    deadline.clear();
  }
}

describe("metrics over time, from a real Prometheus", () => {
  test("a point is the worst since the one before it, and a gap is a gap", async () => {
    const step = stepOf({ from: start, to: end }, policy.scrape.evaluationInterval);
    expect(step).toBe(MINUTE);
    const errors = (await measured()).get("error_rate");
    expect(errors?.points).toHaveLength(360);
    expect(errors).toMatchObject({ last: 0.05, missing: null });
    const known = errors?.points.filter(({ value }) => value !== null) ?? [];
    // What was a minute before the gap is in no point of it.
    expect(known).toHaveLength(300);
    expect(errors?.points.filter(({ value }) => value === 4)).toEqual([{ at: spikeAt, value: 4 }]);
  });

  test("a spike of one sample is in the picture of a week", async () => {
    const week = { from: end - 7 * 24 * HOUR, to: end };
    const errors = (await measured(source, week)).get("error_rate");
    expect(errors?.points.length).toBeLessThanOrEqual(360);
    expect(errors?.points.filter(({ value }) => value === 4)).toHaveLength(1);
    const passes = (await measured(source, week)).get("pass_rate");
    expect(passes?.points.filter(({ value }) => value === 90)).toHaveLength(1);
  });

  test("what is judged by its average is averaged", async () => {
    const uptime = (await measured()).get("uptime")?.points ?? [];
    const mean = uptime.reduce((sum, { value }) => sum + (value ?? Number.NaN), 0) / uptime.length;
    expect(mean).toBeCloseTo(100 - 10 / 6, 6);
  });

  test("an expression of a gate reads the application's own series", async () => {
    const hits = (await measured(source, { from: end - HOUR, to: end })).get("hits");
    // Nothing joins series of different labels.
    expect(hits).toEqual({
      points: expect.any(Array),
      last: null,
      missing: "Prometheus has no data of it in this time",
    });
    const expr = "cache_hits * on() error_rate";
    const own = reportedMetrics(policy, {
      name: "other",
      holdFor: 0,
      criteria: [
        {
          metric: "hits",
          expr,
          source: "prometheus",
          green: { comparison: ">", value: 2 },
          red: null,
          sustained: "whole-bake",
        },
      ],
    });
    const lastAt = async (to: number) =>
      (await measured(source, { from: end - HOUR, to }, own)).get("hits")?.last;
    expect(await lastAt(end)).toBeCloseTo(0.01, 9);
    // The error rate is old by then, though Prometheus goes on giving it.
    expect(await lastAt(end + 2 * MINUTE)).toBeNull();
  });

  test("what there is none of says so", async () => {
    expect((await measured()).get("nowhere")?.missing).toBe("Prometheus has no data of it in this time");
  });

  test("a time without length has its end", async () => {
    const errors = (await measured(source, { from: end, to: end })).get("error_rate");
    expect(errors).toEqual({ points: [], last: 0.05, missing: null });
  });
});

test("a source that fails, or is none, is no data and says why", async () => {
  expect((await measured(null)).get("error_rate")?.missing).toContain("set ROLLGUARD_PROMETHEUS_URL");
  const failing: MetricsSource = {
    ...source,
    queryRange: async () => {
      throw new RollguardError("source_unavailable", "Prometheus does not answer: refused");
    },
  };
  const found = await measured(failing);
  expect([...found.values()].map(({ missing }) => missing)).toEqual(
    reported.map(() => "Prometheus does not answer: refused"),
  );
});
