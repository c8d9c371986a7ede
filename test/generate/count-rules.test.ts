import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { policyFrom } from "../support/generated.ts";
import { type GeneratedFiles, generatedFiles, tool } from "../support/upstream-tools.ts";

const POLICY = policyFrom(`metrics:
  - { record: error_rate, unit: percent, ratio: { bad: errors_total, total: requests_total } }
  - { record: slow, unit: percent, latency: { histogram: took_seconds, above: 500ms } }
  - { record: very_slow, unit: ratio, latency: { histogram: took_seconds, above: 1s } }
  - { record: p95, unit: milliseconds, latency: { histogram: took_seconds, quantile: 0.95 } }
  - { record: unknown_bound, unit: percent, latency: { histogram: took_seconds, above: 300ms } }
alerts:
  - { alert: Errors, expr: error_rate > 1, for: 1m, rollback: stage }
`);

let files: GeneratedFiles;

beforeAll(async () => {
  files = await generatedFiles([POLICY]);
});

afterAll(() => files?.remove());

type Series = Readonly<Record<string, string>>;

/** What promtool says; each expectation is an expression and its samples. */
async function promtoolTest(
  raw: Series,
  expected: Readonly<Record<string, number | "nothing">>,
): Promise<string> {
  const file = files.file("rules/generated/counts.test.yml");
  const test = {
    interval: "15s",
    input_series: Object.entries(raw).map(([series, values]) => ({ series, values })),
    promql_expr_test: Object.entries(expected).map(([expr, value]) => ({
      expr,
      eval_time: "10m",
      exp_samples: value === "nothing" ? [] : [{ labels: '{application="shop"}', value }],
    })),
  };
  const content = { rule_files: ["shop.rules.yml"], evaluation_interval: "15s", tests: [test] };
  await writeFile(file, JSON.stringify(content));
  return (await tool("promtool", "test", "rules", file)).output;
}

const rounded = (metric: string): string => `round(${metric}, 0.001)`;

/** A pod's requests of a minute, four scrapes. */
const pod = (name: string, requests: number, errors: number): Series => ({
  [`requests_total{instance="${name}"}`]: `0+${requests}x60`,
  [`errors_total{instance="${name}"}`]: `0+${errors}x60`,
});

const pods = (count: number, bad: number): Series =>
  Object.assign(
    {},
    ...Array.from({ length: count }, (_, index) => pod(`p${index}`, 100, index < bad ? 10 : 0)),
  );

describe("the requests of a metric, from raw counters", () => {
  it("are those of all pods: one bad pod of twenty does not judge alone", async () => {
    const output = await promtoolTest(pods(20, 1), {
      [rounded("error_rate")]: 0.5,
      [rounded("error_rate:total:increase1m")]: 8_000,
      [rounded("error_rate:bad:increase5m")]: 200,
      'ALERTS{alertname="Errors"}': "nothing",
    });
    expect(output).toContain("SUCCESS");
  });

  it("are the same when a series is split over pods", async () => {
    const together = { [rounded("error_rate")]: 2, [rounded("error_rate:total:increase5m")]: 8_000 };
    expect(await promtoolTest(pod("a", 400, 8), together)).toContain("SUCCESS");
    const split = { ...pod("a", 100, 8), ...pod("b", 100, 0), ...pod("c", 200, 0) };
    expect(await promtoolTest(split, together)).toContain("SUCCESS");
  });

  it("without a failure ever are 0 % bad, without requests no number, and without counters nothing", async () => {
    const never = await promtoolTest({ requests_total: "0+100x60" }, { [rounded("error_rate")]: 0 });
    expect(never).toContain("SUCCESS");
    const idle = { requests_total: "7+0x60", errors_total: "7+0x60" };
    // Neither a number nor absent: NaN.
    const nan = { "error_rate >= 0 or error_rate < 0": "nothing", "absent(error_rate)": "nothing" } as const;
    expect(await promtoolTest(idle, { [rounded("error_rate:bad:increase1m")]: 0, ...nan })).toContain(
      "SUCCESS",
    );
    expect(await promtoolTest({ errors_total: "7+1x60" }, { error_rate: "nothing" })).toContain("SUCCESS");
  });

  const buckets = (one: string): Series => ({
    'took_seconds_bucket{le="0.1"}': "0+60x60",
    'took_seconds_bucket{le="0.5"}': "0+90x60",
    [`took_seconds_bucket{le="${one}"}`]: "0+96x60",
    'took_seconds_bucket{le="+Inf"}': "0+100x60",
    took_seconds_count: "0+100x60",
  });

  it.each(["1", "1.0"])(
    "of a histogram are read with a bucket of %s s, however it is written",
    async (one) => {
      const output = await promtoolTest(buckets(one), {
        [rounded("slow")]: 10,
        [rounded("slow:bad:increase1m")]: 40,
        [rounded("very_slow")]: 0.04,
        [rounded("p95")]: 916.667,
        // No bucket of 300 ms: no number is made up.
        unknown_bound: "nothing",
        "unknown_bound:bad:increase1m": "nothing",
        [rounded("unknown_bound:total:increase1m")]: 400,
      });
      expect(output).toContain("SUCCESS");
    },
  );
});
