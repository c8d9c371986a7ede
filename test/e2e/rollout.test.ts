import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isScalar, parseDocument, visit } from "yaml";
import type { ApplicationView } from "../../src/app/describe-application.ts";
import { type GenesisStack, readGenesisPolicy, startGenesisStack } from "../support/genesis-stack.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";

const APPLICATION = "genesis";
const STEPS = [0, 10, 50, 100];

// A rollout of the sample application on real servers: metrics decide, and nobody else. The steps build on each other.
describe.each(["embedded", "redis"] as const)("a rollout on the real stack, %s store", (store) => {
  const running = new Stopper();
  let stack: GenesisStack;

  beforeAll(async () => {
    const { alerts } = await readGenesisPolicy();
    const triggers = alerts.filter(({ rollback }) => rollback !== undefined).map(({ alert }) => alert);
    stack = await running.start(startGenesisStack({ store, turnedOn: new Map(), quick: triggers }));
    await until(
      "preflight",
      () => stack.rollguard.command(APPLICATION, "preflight"),
      ({ body }) => body.ok === true,
      { within: 60_000, onFailure: () => stack.report() },
    );
    // A rate needs two scrapes: until then the rollout would be held, and rightly so.
    await until(
      "an error rate",
      () => stack.prometheus.query("error_rate >= 0"),
      (values) => values.length > 0,
    );
  }, 120_000);

  afterAll(() => running.stop());

  const view = (): Promise<ApplicationView> => stack.rollguard.application(APPLICATION);

  const reaches = (what: string, accept: (seen: ApplicationView) => boolean): Promise<ApplicationView> =>
    until(what, view, accept, { within: 60_000, every: 20, onFailure: () => stack.report() });

  async function deploy(wait: number, verb = "deploy", more: object = {}): Promise<void> {
    const body = verb === "deploy" ? { plan: "custom", steps: STEPS, wait, ...more } : more;
    const answer = await stack.rollguard.command(APPLICATION, verb, body);
    expect(answer).toMatchObject({ status: 200, body: { rollout: { state: "running", stage: 1 } } });
  }

  it("promotes by itself while everything is green, to the end", async () => {
    await deploy(3);
    const done = await reaches("the end", ({ rollout }) => rollout?.state === "completed");
    expect(done.traffic).toBe(100);
    expect(done.rollout?.stages.map(({ traffic, endedAt }) => [traffic, endedAt !== null])).toEqual(
      STEPS.map((step) => [step, true]),
    );
    await stack.rollguard.crash();
    expect(await view()).toMatchObject({ traffic: 100, rollout: { state: "completed" } });
    const events = await stack.rollguard.events(APPLICATION);
    expect(events.map(({ reason, actor, traffic }) => [reason, actor, traffic?.after ?? null])).toEqual([
      ["promoted", "operator", 0],
      ["promoted", "clock", 10],
      ["promoted", "clock", 50],
      ["promoted", "clock", 100],
      ["completed", "clock", null],
    ]);
  }, 120_000);

  it("holds while Prometheus is away, however often the responder crashes, and goes on when it is back", async () => {
    await deploy(3);
    await reaches("10 %", ({ traffic }) => traffic === 10);
    await stack.prometheus.stop();
    const held = await reaches("blindness", ({ blind }) => blind);
    expect(held.rollout).toMatchObject({ state: "holding" });
    expect(held.rollout?.blind?.missing.join()).toContain("Prometheus");
    await stack.rollguard.crash();
    expect(await view()).toMatchObject({ traffic: held.traffic, blind: true, rollout: { state: "holding" } });
    await stack.startPrometheus();
    const done = await reaches("the end", ({ rollout }) => rollout?.state === "completed");
    expect(done).toMatchObject({ traffic: 100, blind: false });
    const reasons = (await stack.rollguard.events(APPLICATION)).slice(5).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === "held")).toHaveLength(1);
    expect(reasons).toContain("resumed");
  }, 180_000);

  it("stays paused over a crash, and goes on over one while it runs", async () => {
    await deploy(3);
    await stack.rollguard.command(APPLICATION, "pause");
    await stack.rollguard.crash();
    expect((await view()).rollout).toMatchObject({ state: "paused", stage: 1 });
    await stack.rollguard.command(APPLICATION, "resume");
    await stack.rollguard.crash();
    expect((await view()).rollout?.state).toMatch(/running|holding|completed/);
    await reaches("50 %", ({ traffic }) => traffic === 50);
  }, 120_000);

  it("is rolled back by a fault at 50 %, and stays so over a crash", async () => {
    stack.app.failRequests(30);
    const back = await reaches("the rollback", ({ rollout }) => rollout?.state === "rolled_back");
    expect(back.traffic).toBe(0);
    const flags = await stack.rollguard.flags(APPLICATION);
    expect(flags.get("phase_4_deployment")).toMatchObject({ enabled: false, quarantined: true });
    expect(flags.get("error_handling_enabled")).toMatchObject({ exposure: 100 });
    for (const flag of flags.values())
      if (flag.phase === 5 || flag.phase === 6) expect(flag.exposure).toBe(0);
    await stack.rollguard.crash();
    expect(await view()).toMatchObject({ traffic: 0, rollout: { state: "rolled_back" } });
  }, 120_000);

  it("is retried only when the trigger is silent and somebody says why; an abort stays one over a crash", async () => {
    stack.app.recover();
    await until(
      "silence",
      () => stack.prometheus.query('ALERTS{rollback!=""}'),
      (alerts) => alerts.length === 0,
    );
    // Its alerts have resolved, and it was seen to have helped.
    await reaches("the end of the rollback", ({ rollback }) => rollback === null);
    const refused = await stack.rollguard.command(APPLICATION, "retry");
    expect(refused).toMatchObject({ status: 409, body: { reason: "refused" } });
    await deploy(3, "retry", { acknowledge: true, reason: "the fault is fixed" });
    const aborted = await stack.rollguard.command(APPLICATION, "abort");
    expect(aborted.body.rollout).toMatchObject({ state: "aborted", attempt: 2 });
    await stack.rollguard.crash();
    expect((await view()).rollout).toMatchObject({ state: "aborted" });
    const metrics = await (await fetch(`${stack.rollguard.url}/metrics`)).text();
    expect(metrics).toContain(
      'rollguard_rollout_info{application="genesis",plan="custom",stage="1",state="aborted"} 1',
    );
  }, 120_000);

  it("fails when the policy has lost a flag of its next stage, and stays so over a crash", async () => {
    const again = { plan: "aggressive", wait: 3, acknowledge: true, reason: "with new flags" };
    expect(await stack.rollguard.command(APPLICATION, "deploy", again)).toMatchObject({ status: 200 });
    await stack.rollguard.crash(withoutFlag(stack.policy, "darwin_integration_enabled"));
    const failed = await reaches("the failure", ({ rollout }) => rollout?.state === "failed");
    expect(failed).toMatchObject({ traffic: 25, rollout: { stage: 1 } });
    expect(failed.rollout?.lastDecision.detail).toContain("darwin_integration_enabled");
    await stack.rollguard.crash();
    expect(await view()).toMatchObject({ traffic: 25, rollout: { state: "failed" } });
  }, 120_000);
});

/** A policy that never heard of a flag. */
function withoutFlag(policy: string, flag: string): string {
  const document = parseDocument(policy);
  visit(document, {
    Pair: (_, { key }) => (isScalar(key) && key.value === flag ? visit.REMOVE : undefined),
  });
  return document.toString();
}
