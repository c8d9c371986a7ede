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
  "with the shipped policy's own times a rollback keeps the seeds' budget",
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
    const { detected, decided, committed, verified, total } = timeline.durations;
    expect(timeline).toMatchObject({ tier: "safe-state", trigger: "ErrorRateSpike", status: "verified" });
    expect(Number(detected) + Number(decided) + Number(committed)).toBeLessThan(30);
    expect(Number(verified)).toBeGreaterThanOrEqual(55);
    expect(Number(total)).toBeLessThan(timeline.budgetSeconds);
    expect(timeline.budgetSeconds).toBe(120);
    expect(Date.parse(timeline.startedAt) - fault).toBeLessThan(100_000);
    process.stdout.write(`seconds of the episode: ${JSON.stringify(timeline.durations)}\n`);
  },
  12 * MINUTE,
);
