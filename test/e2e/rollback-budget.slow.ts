import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type GenesisStack, startGenesisStack } from "../support/genesis-stack.ts";
import { until } from "../support/until.ts";

const APPLICATION = "genesis";
const MINUTE = 60_000;

let stack: GenesisStack;

beforeAll(async () => {
  const turnedOn = new Map([["phase_4_deployment", 60]]);
  // Nothing is hastened: scrapes, windows, `for` and verification are the shipped policy's own.
  stack = await startGenesisStack({ store: "embedded", quick: [], turnedOn });
}, MINUTE);

afterAll(() => stack?.stop());

test(
  "with the shipped policy's own times flags are off within the seeds' 30 s, and it is verified in minutes",
  async () => {
    const recorded = "error_rate > 0 and on() test_pass_rate > 98 and on() p95_latency > 0";
    await until(
      "a healthy application",
      () => stack.prometheus.query(recorded),
      (series) => series.length > 0,
      {
        within: 2 * MINUTE,
        onFailure: stack.report,
      },
    );
    const fault = Date.now();
    stack.app.failRequests(5);
    const { rollback } = await until(
      "the rollback",
      () => stack.rollguard.application(APPLICATION),
      (seen) => seen.rollback !== null,
      { within: 3 * MINUTE, onFailure: stack.report },
    );
    // What was at fault is off.
    stack.app.recover();
    const timeline = await until(
      "the end of the episode",
      () => stack.rollguard.timeline(APPLICATION, rollback?.id ?? ""),
      ({ open }) => !open,
      { within: 6 * MINUTE, every: 500, onFailure: stack.report },
    );
    const { detected, decided, committed, verified } = timeline.durations;
    expect(timeline).toMatchObject({ tier: "safe-state", trigger: "ErrorRateSpike", status: "verified" });
    expect(Number(detected) + Number(decided) + Number(committed)).toBeLessThan(30);
    // It is counted in blocks of 30 s, from 30 s after it on, and no block proves more than a quarter.
    expect(Number(verified)).toBeGreaterThanOrEqual(90);
    expect(Number(verified)).toBeLessThan(300);
    expect(timeline.budgetSeconds).toBe(120);
    expect(Date.parse(timeline.startedAt) - fault).toBeLessThan(100_000);
    process.stdout.write(`seconds of the episode: ${JSON.stringify(timeline.durations)}\n`);
  },
  12 * MINUTE,
);
