import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { countExpressions, valueExpression } from "../../src/domain/generate/count-expressions.ts";
import { INSTALLED } from "../support/generated.ts";
import { freePort, temporaryDirectory } from "../support/process.ts";
import { type PrometheusServer, startPrometheusFrom } from "../support/prometheus-server.ts";
import { remoteWrite, type WrittenSeries } from "../support/remote-write.ts";
import { Stopper } from "../support/stopper.ts";

const STEP = 15_000;
const STEPS = 40;
/** Requests of one scrape interval in (0.0625, 0.125], (0.25, 0.5], (0.5, 1] and (1, 2] seconds, by native indexes. */
const BUCKETS: readonly (readonly [number, number])[] = [
  [-3, 60],
  [-1, 30],
  [0, 6],
  [1, 4],
];

const running = new Stopper();
let prometheus: PrometheusServer;

beforeAll(async () => {
  const directory = await temporaryDirectory("native");
  running.add(directory.remove);
  const configuredBy = join(directory.path, "prometheus.json");
  await writeFile(configuredBy, JSON.stringify({ global: {} }));
  prometheus = await running.start(
    startPrometheusFrom({
      configuredBy,
      address: `127.0.0.1:${await freePort()}`,
      features: ["native-histograms", "remote-write-receiver"],
    }),
  );
  const end = Date.now();
  const times = Array.from({ length: STEPS }, (_, index) => end - (STEPS - 1 - index) * STEP);
  const of = (pod: string, share: number) => [...classic(pod, share, times), native(pod, share, times)];
  await remoteWrite(prometheus.url, [...of("a", 1), ...of("b", 3)]);
});

afterAll(() => running.stop());

/** What an application counts either way; both are told apart by their names. */
function classic(pod: string, share: number, times: readonly number[]): WrittenSeries[] {
  const counter = (name: string, each: number, labels = {}): WrittenSeries => ({
    labels: { __name__: name, pod, ...labels },
    samples: times.map((at, index) => ({ at, value: each * share * index })),
  });
  const bounds: readonly (readonly [string, number])[] = [
    ["0.125", 60],
    ["0.5", 90],
    ["1", 96],
    ["2", 100],
    ["+Inf", 100],
  ];
  return [
    ...bounds.map(([le, each]) => counter("classic_seconds_bucket", each, { le })),
    counter("classic_seconds_count", 100),
  ];
}

function native(pod: string, share: number, times: readonly number[]): WrittenSeries {
  return {
    labels: { __name__: "native_seconds", pod },
    histograms: times.map((at, index) => ({
      at,
      buckets: BUCKETS.map(([bucket, each]) => [bucket, each * share * index] as const),
    })),
  };
}

async function valueNow(expr: string): Promise<number> {
  const [sample, ...more] = await prometheus.query(expr);
  expect(more).toEqual([]);
  return sample?.value ?? Number.NaN;
}

describe("a native histogram", () => {
  const countsOf = (histogram: string) => ({ kind: "latency", histogram, of: { above: 500 } }) as const;

  it.each([500, 1_000])("has as many requests above %d ms as a classic one", async (bound) => {
    const read = async (histogram: string): Promise<number[]> => {
      const { total, bad } = countExpressions(countsOf(histogram), bound, 300_000, INSTALLED.prometheus);
      return [await valueNow(total), await valueNow(bad), await valueNow(`(${bad}) / (${total})`)];
    };
    const [total, bad, share] = await read("classic_seconds");
    expect(share).toBeCloseTo(bound === 500 ? 0.1 : 0.04, 9);
    const natively = await read("native_seconds");
    expect(natively[0]).toBeCloseTo(Number(total), 3);
    expect(natively[1]).toBeCloseTo(Number(bad), 3);
    expect(natively[2]).toBeCloseTo(Number(share), 9);
  });

  it("has a quantile in milliseconds, within the bucket that a classic one has it in", async () => {
    const quantileOf = (histogram: string) =>
      valueNow(
        valueExpression("p95", { kind: "latency", histogram, of: { quantile: 0.95 } }, "milliseconds"),
      );
    for (const value of [await quantileOf("classic_seconds"), await quantileOf("native_seconds")]) {
      expect(value).toBeGreaterThan(500);
      expect(value).toBeLessThan(1_000);
    }
  });
});
