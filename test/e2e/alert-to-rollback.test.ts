import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EventView } from "../../src/app/describe-event.ts";
import { type GenesisStack, readGenesisPolicy, startGenesisStack } from "../support/genesis-stack.ts";
import { until } from "../support/until.ts";

const TRIGGERS = ["TestPassRateCritical", "LatencyExtreme", "ErrorRateSpike", "ServiceDown"];
const TRAFFIC_FLAG = "phase_4_deployment";

// One incident that gets worse, then better, as an SRE would live through it. The steps build on each other.
describe.each(["redis", "embedded"] as const)("a firing alert turns flags off, on the %s store", (store) => {
  let phase5: string[];
  let phase6: string[];
  let stack: GenesisStack;

  beforeAll(async () => {
    const { flags } = await readGenesisPolicy();
    const ofPhase = (phase: number): string[] =>
      Object.keys(flags).filter((key) => flags[key]?.phase === phase);
    phase5 = ofPhase(5);
    phase6 = ofPhase(6);
    const turnedOn = new Map([[TRAFFIC_FLAG, 60]]);
    for (const key of [...phase5, ...phase6]) turnedOn.set(key, 100);
    stack = await startGenesisStack({
      store,
      quick: TRIGGERS,
      turnedOn,
      giveUpAfter: "2m",
      groupInterval: "1s",
    });
  }, 60_000);

  afterAll(() => stack?.stop());

  /** The event that an alert caused. */
  async function eventOf(alert: string, reason: EventView["reason"]): Promise<EventView> {
    const events = await until(
      `the event ${reason} of ${alert}`,
      () => stack.rollguard.events("genesis"),
      (all) => all.some((event) => event.alert?.name === alert && event.reason === reason),
      { onFailure: stack.report },
    );
    return events.find((event) => event.alert?.name === alert && event.reason === reason) as EventView;
  }

  async function exposureOf(keys: readonly string[]): Promise<number[]> {
    const flags = await stack.rollguard.flags("genesis");
    return keys.map((key) => flags.get(key)?.exposure ?? Number.NaN);
  }

  const all = (keys: readonly string[], exposure: number): number[] => keys.map(() => exposure);

  test("while the application is healthy nothing happens", async () => {
    const recorded =
      'error_rate > 0 and on() test_pass_rate > 98 and on() p95_latency > 0 and on() up{job="genesis"} == 1';
    await until(
      "Prometheus to see a healthy application",
      () => stack.prometheus.query(recorded),
      (series) => series.length > 0,
      {
        onFailure: stack.report,
      },
    );
    const genesis = await stack.rollguard.application("genesis");
    expect(genesis).toMatchObject({
      application: "genesis",
      revision: 0,
      traffic: 60,
      rollback: null,
      alerts: [],
    });
    expect(await exposureOf([...phase5, ...phase6])).toEqual(all([...phase5, ...phase6], 100));
  });

  test("failing tests call for the tier phase: Phase 6 is off, traffic is capped", async () => {
    stack.app.passTests(90);
    const event = await eventOf("TestPassRateCritical", "rolled_back");
    expect(event).toMatchObject({
      revision: 1,
      tier: "phase",
      actor: "alertmanager",
      traffic: { before: 60, after: 30 },
    });
    expect(event.flags.map(({ flag }) => flag).sort()).toEqual([TRAFFIC_FLAG, ...phase6].sort());
    expect(await exposureOf([TRAFFIC_FLAG, ...phase6])).toEqual([30, ...all(phase6, 0)]);
    expect(await exposureOf(phase5)).toEqual(all(phase5, 100));
    const genesis = await stack.rollguard.application("genesis");
    expect(genesis).toMatchObject({
      traffic: 30,
      rollback: { id: event.rollback, tier: "phase", trigger: "TestPassRateCritical" },
    });
  });

  test("a milder alert meanwhile is absorbed", async () => {
    stack.app.slowDown(700);
    const event = await eventOf("LatencyExtreme", "absorbed");
    expect(event).toMatchObject({ tier: "stage", rollback: await rollbackId(), flags: [] });
    expect((await stack.rollguard.application("genesis")).traffic).toBe(30);
  });

  test("errors escalate it to safe-state: Phase 5 and the traffic are off too", async () => {
    stack.app.failRequests(5);
    const event = await eventOf("ErrorRateSpike", "escalated");
    expect(event).toMatchObject({
      tier: "safe-state",
      rollback: await rollbackId(),
      traffic: { before: 30, after: 0 },
    });
    expect(event.flags.map(({ flag }) => flag).sort()).toEqual([TRAFFIC_FLAG, ...phase5].sort());
    expect(await exposureOf([TRAFFIC_FLAG, ...phase5, ...phase6])).toEqual(
      all([TRAFFIC_FLAG, ...phase5, ...phase6], 0),
    );
  });

  test("the application going down escalates it once more, of the same rollback", async () => {
    stack.app.goDown();
    const event = await eventOf("ServiceDown", "escalated");
    expect(event).toMatchObject({ tier: "emergency", rollback: await rollbackId() });
    expect((await stack.rollguard.application("genesis")).rollback?.tier).toBe("emergency");
  });

  test("when it has recovered the rollback is verified and ends, and nothing is turned on again", async () => {
    const before = await settings();
    stack.app.recover();
    const genesis = await until(
      "the rollback to end",
      () => stack.rollguard.application("genesis"),
      ({ rollback }) => rollback === null,
      { within: 45_000, onFailure: stack.report },
    );
    expect(genesis).toMatchObject({ traffic: 0, alerts: [] });
    expect(await settings()).toEqual(before);
  }, 60_000);

  test("the ledger tells of one rollback, escalated twice, verified and ended once", async () => {
    const events = await stack.rollguard.events("genesis");
    const namesOf = (reason: EventView["reason"]): (string | undefined)[] =>
      events.filter((event) => event.reason === reason).map(({ alert }) => alert?.name);
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_event, index) => index + 1));
    expect(new Set(events.map(({ rollback }) => rollback)).size).toBe(1);
    expect(namesOf("rolled_back")).toEqual(["TestPassRateCritical"]);
    expect(namesOf("escalated")).toEqual(["ErrorRateSpike", "ServiceDown"]);
    expect(new Set(namesOf("resolved"))).toEqual(new Set(TRIGGERS));
    expect(events.filter(({ reason }) => reason === "verified")).toMatchObject([
      { actor: "clock", tier: "emergency", alert: null },
    ]);
    expect(events.filter(({ ended }) => ended)).toEqual(events.slice(-1));
  });

  async function rollbackId(): Promise<string> {
    return (await eventOf("TestPassRateCritical", "rolled_back")).rollback as string;
  }

  async function settings(): Promise<object[]> {
    const flags = await stack.rollguard.flags("genesis");
    return [...flags.values()].map(({ key, enabled, rolloutPercentage }) => ({
      key,
      enabled,
      rolloutPercentage,
    }));
  }
});
