import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { policyFrom } from "../support/generated.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { tool } from "../support/upstream-tools.ts";

const POLICY = policyFrom(`alerts:
  - { alert: Down, expr: 'up{job="shop"} == 0', for: 1m, rollback: stage }
  - { alert: Errors, expr: 'rate(errors_total[1m]) / rate(requests_total[1m]) > 0.05', rollback: stage }
  - { alert: PodsDown, expr: 'count(up{job="shop"} == 0) > 1', rollback: stage }
  - alert: Slow
    expr: latency > 1 # seconds
    for: 30s
`);

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory("derived-gate");
});

afterAll(() => directory?.remove());

const exprOf = (alert: string): string =>
  POLICY.gates.get("standard")?.criteria.find(({ metric }) => metric === alert)?.expr ?? "";

/** What Prometheus' own test tool says of the gate's expressions, ten minutes in; null: no data. */
async function check(
  input: Record<string, string>,
  expected: Record<string, number | null>,
): Promise<string> {
  const file = join(directory.path, "gate.test.yml");
  const content = {
    evaluation_interval: "15s",
    tests: [
      {
        interval: "15s",
        input_series: Object.entries(input).map(([series, values]) => ({ series, values })),
        promql_expr_test: Object.entries(expected).map(([alert, value]) => ({
          expr: exprOf(alert),
          eval_time: "10m",
          exp_samples: value === null ? [] : [{ labels: "{}", value }],
        })),
      },
    ],
  };
  await writeFile(file, JSON.stringify(content));
  return (await tool("promtool", "test", "rules", file)).output;
}

const up = (instance: string, values: string): Record<string, string> => ({
  [`up{instance="${instance}",job="shop"}`]: values,
});

describe("the gate of a policy without gates", () => {
  it("says 0 of what is not true", async () => {
    const input = {
      ...up("a", "1x60"),
      requests_total: "0+100x60",
      errors_total: "0+1x60",
      latency: "0.2x60",
    };
    expect(await check(input, { Down: 0, Errors: 0, PodsDown: 0, Slow: 0 })).toContain("SUCCESS");
  });

  it("says 1 of what has been true for as long as the alert waits", async () => {
    const input = {
      ...up("a", "1x20 0x40"),
      ...up("b", "0x60"),
      requests_total: "0+100x60",
      errors_total: "0+10x60",
      latency: "0.2x30 2x30",
    };
    expect(await check(input, { Down: 1, Errors: 1, PodsDown: 1, Slow: 1 })).toContain("SUCCESS");
  });

  it("waits as the alert does", async () => {
    // Down for the last two of its four evaluations.
    const input = { ...up("a", "1x38 0x10"), latency: "0.2x39 2x10" };
    expect(await check(input, { Down: 0, Slow: 0 })).toContain("SUCCESS");
  });

  it("says nothing where there is no data: a metric that has gone, and one that is no number", async () => {
    // Stale before the end, and 0/0: both are silent, and neither is good.
    const input = {
      ...up("a", "1x20 stale"),
      requests_total: "5x60",
      errors_total: "5x60",
      latency: "NaN ".repeat(61),
    };
    expect(await check(input, { Down: null, Errors: null, PodsDown: null, Slow: null })).toContain("SUCCESS");
  });
});
