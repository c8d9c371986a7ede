import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ApplicationView } from "../../src/app/describe-application.ts";
import type { EventView } from "../../src/app/describe-event.ts";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { type GenesisStack, startGenesisStack } from "../support/genesis-stack.ts";
import { LedgerReader } from "../support/ledger-reader.ts";
import type { CommandAnswer } from "../support/rollguard-server.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const APPLICATION = "genesis";
const TESTS = "TestPassRateCritical";
const ERRORS = "ErrorRateSpike";
const AT_ONCE = 6;
const because = { acknowledge: true, reason: "the cause is mended" };

// What a rollback meets on its way: a rollout that waits, another rollback, a deploy in the same moment, and people who
// ask for what cannot be. Alerts come as webhooks, so that they come when they are wanted. The steps build on each other.
describe.each(["embedded", "redis"] as const)("a rollback meanwhile, on the %s store", (store) => {
  let stack: GenesisStack;

  beforeAll(async () => {
    stack = await startGenesisStack({
      store,
      quick: [TESTS, ERRORS],
      turnedOn: new Map(),
      giveUpAfter: "1h",
      // Nothing ends by itself here, and as many rollbacks as it takes may begin.
      edit: (policy) =>
        policy.replace("startAfter: 1s", "startAfter: 30m").replace(/rollbacks: 3\b/, "rollbacks: 50"),
    });
    await until(
      "preflight",
      () => stack.rollguard.command(APPLICATION, "preflight"),
      ({ body }) => body.ok === true,
      { within: 60_000, onFailure: stack.report },
    );
    await until(
      "an error rate",
      () => stack.prometheus.query("error_rate >= 0"),
      (values) => values.length > 0,
      { onFailure: stack.report },
    );
  }, 120_000);

  afterAll(() => stack?.stop());

  const view = (): Promise<ApplicationView> => stack.rollguard.application(APPLICATION);
  const says = (verb: string, body: object = {}): Promise<CommandAnswer> =>
    stack.rollguard.command(APPLICATION, verb, body);
  const deploy = (wait = 600): Promise<CommandAnswer> =>
    says("deploy", { plan: "custom", steps: [10, 100], wait, ...because });

  /** As Alertmanager brings it; the reason of the decision on it. */
  async function alert(name: string, status: "firing" | "resolved", startsAt = new Date()): Promise<string> {
    const body = webhookBody([
      alertBody(name, { status, startsAt, labels: { application: APPLICATION, job: "genesis" } }),
    ]);
    const answer = await fetch(stack.rollguard.webhook, {
      method: "POST",
      headers: { Authorization: `Bearer ${stack.webhookToken}` },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { decisions: [{ reason: string }] }).decisions[0].reason;
  }

  /** An operator closes what is open, so that the next deploy may begin. */
  async function close(): Promise<void> {
    const { rollback } = await view();
    const closed = await says(`rollbacks/${rollback?.id}/acknowledge`, { reason: "seen", force: true });
    expect(closed).toMatchObject({ status: 200 });
    // What was firing is known until it resolves: the same alert would act no more.
    for (const { alert: name } of (await view()).keptBack) await alert(name, "resolved");
    expect(await view()).toMatchObject({ rollback: null, alerts: [] });
  }

  async function eventsSince(revision: number): Promise<EventView[]> {
    return (await stack.rollguard.events(APPLICATION)).filter((event) => event.revision > revision);
  }

  test("while a rollout is paused: it ends, and cannot be resumed", async () => {
    expect(await deploy()).toMatchObject({ status: 200, body: { rollout: { state: "running" } } });
    expect(await view()).toMatchObject({ traffic: 10 });
    expect(await says("pause")).toMatchObject({ status: 200, body: { rollout: { state: "paused" } } });
    expect(await alert(ERRORS, "firing")).toBe("rolled_back");
    expect(await view()).toMatchObject({ traffic: 0, rollout: { state: "rolled_back" } });
    for (const verb of ["resume", "approve"]) expect(await says(verb)).toMatchObject({ status: 409 });
  }, 60_000);

  test("while another one is open: it joins that, milder or more severe", async () => {
    const { revision, rollback } = await view();
    expect(await alert(TESTS, "firing")).toBe("absorbed");
    expect(await alert("ServiceDown", "firing")).toBe("escalated");
    expect(await says("rollbacks", { tier: "phase", reason: "me too" })).toMatchObject({ status: 200 });
    expect(await deploy()).toMatchObject({ status: 409 });
    expect(new Set((await eventsSince(revision)).map((event) => event.rollback))).toEqual(
      new Set([rollback?.id]),
    );
    expect((await view()).rollback).toMatchObject({ id: rollback?.id, tier: "emergency" });
    await close();
  }, 60_000);

  test("five times fired and resolved in a moment: that is one, and is told once", async () => {
    await deploy();
    await says("abort");
    const { revision } = await view();
    const reasons: string[] = [];
    for (let flap = 0; flap < 5; flap++)
      for (const status of ["firing", "resolved"] as const) reasons.push(await alert(ERRORS, status));
    expect(reasons.filter((reason) => reason === "rolled_back")).toHaveLength(1);
    const events = await eventsSince(revision);
    expect(new Set(events.map(({ rollback }) => rollback)).size).toBe(1);
    expect(events.map(({ reason }) => reason)).toEqual(["rolled_back", "resolved", "absorbed"]);
    expect(events.at(-1)?.detail).toContain("comes and goes");
    expect(await view()).toMatchObject({ traffic: 0, rollback: { status: "verifying" } });
    await close();
  }, 60_000);

  test("in the same moment as a deploy, another trigger and an operator's: one, and nothing rolled out", async () => {
    const begun = performance.now();
    await deploy();
    const took = performance.now() - begun;
    await says("abort");
    for (let round = 0; round < AT_ONCE; round++) {
      const { revision } = await view();
      // Preflight takes most of a deploy's time: the others come before, while and after it is committed.
      const later = (took * round) / (AT_ONCE - 2);
      const [deployed] = await Promise.all([
        deploy(),
        ...[ERRORS, TESTS].map((name) => delay(later).then(() => alert(name, "firing"))),
        delay(later).then(() => says("rollbacks", { tier: "phase", reason: "at once" })),
      ]);
      const { traffic, rollback, rollout } = await view();
      const events = await eventsSince(revision);
      expect(events.filter(({ reason }) => /^(already_)?rolled_back$/.test(reason))).toHaveLength(1);
      expect(new Set(events.flatMap((event) => event.rollback ?? []))).toEqual(new Set([rollback?.id]));
      expect({ traffic, tier: rollback?.tier }).toEqual({ traffic: 0, tier: "safe-state" });
      // Before the rollback it was committed, and ended by that; after it, it was refused.
      const isFirst = events[0]?.reason === "promoted";
      expect(deployed.status).toBe(isFirst ? 200 : 409);
      expect(isFirst ? ["rolled_back"] : ["rolled_back", "aborted"]).toContain(rollout?.state);
      await close();
    }
  }, 120_000);

  test("what makes no sense is refused clearly, and changes nothing", async () => {
    await deploy();
    await says("abort");
    expect(await alert(ERRORS, "firing")).toBe("rolled_back");
    const open = (await view()).rollback?.id;
    const traffic = { key: "phase_4_deployment", enabled: true, rolloutPercentage: 100 };
    const long = "x".repeat(1_001);
    const refused: readonly (readonly [string, object, number, RegExp])[] = [
      ["rollbacks", { tier: "stage", stage: 9, reason: "x" }, 422, /stage/],
      ["rollbacks", { tier: "flag", flags: ["darwin"], reason: "x" }, 409, /no flag "darwin"/],
      [
        "rollbacks",
        { tier: "flag", flags: ["otel_enabled"], reason: "x" },
        409,
        /otel_enabled: .* never touches/,
      ],
      ["rollbacks", { tier: "flag", phase: 7, reason: "x" }, 409, /phase 7/],
      ["rollbacks", { tier: "emergency", shutdown: true, reason: "x" }, 422, /confirm: .*needs "yes"/],
      ["shutdown", { on: true, reason: "x" }, 422, /confirm: .*needs "yes"/],
      [`rollbacks/${open}/acknowledge`, { reason: "too early" }, 409, /still firing/],
      ["rollbacks/rb-0-none/acknowledge", { reason: "x" }, 409, /no rollback rb-0-none/],
      ["restore", { flags: [traffic], ...because }, 409, /is open: nothing is raised/],
      ["deploy", { plan: "custom", steps: [10], wait: 600, ...because }, 409, /is open|firing/],
      ...["rollbacks", "shutdown", "restore", "deploy", "retry", "pause", "resume", "abort", "approve"].map(
        (verb) => [verb, { ...because, reason: long }, 422, /reason: expected at most 1000/] as const,
      ),
      [`rollbacks/${open}/acknowledge`, { reason: long, force: true }, 422, /reason: expected at most 1000/],
    ];
    await expectRefused(refused);
    await close();
  }, 60_000);

  test("what is in quarantine comes back by an acknowledgement only, and that is given once", async () => {
    // This one is verified, and ends by itself.
    await stack.rollguard.editPolicy(stack.policy.replace("startAfter: 30m", "startAfter: 1s"));
    expect((await fetch(`${stack.rollguard.url}/-/reload`, { method: "POST" })).status).toBe(200);
    await deploy();
    expect(await alert(ERRORS, "firing")).toBe("rolled_back");
    const id = (await view()).rollback?.id;
    expect(await alert(ERRORS, "resolved")).toBe("resolved");
    await until("its end", view, ({ rollback }) => rollback === null, { onFailure: stack.report });
    expect(await view()).toMatchObject({ quarantine: [{ flag: "phase_4_deployment", rollback: id }] });
    const traffic = { key: "phase_4_deployment", enabled: true, rolloutPercentage: 10 };
    const again = { plan: "custom", steps: [10], wait: 600 };
    await expectRefused([
      ["restore", { flags: [traffic], reason: "x" }, 409, /phase_4_deployment: in quarantine/],
      ["restore", { flags: [traffic], acknowledge: true }, 409, /needs a reason/],
      ["deploy", again, 409, /phase_4_deployment: in quarantine/],
      ["retry", {}, 409, /acknowledge that/],
    ]);
    const acknowledged = await says(`rollbacks/${id}/acknowledge`, { reason: "understood" });
    expect(acknowledged).toMatchObject({ status: 200 });
    expect(await view()).toMatchObject({ traffic: 0, quarantine: [] });
    await expectRefused([[`rollbacks/${id}/acknowledge`, { reason: "again" }, 409, /has been acknowledged/]]);
    expect(await says("deploy", again)).toMatchObject({ status: 200 });
    expect(await says("abort")).toMatchObject({ status: 200 });
  }, 60_000);

  test("while a rollout holds, because nothing can be seen: it ends all the same", async () => {
    expect(await deploy(3)).toMatchObject({ status: 200 });
    await stack.prometheus.stop();
    const held = await until("blindness", view, ({ blind }) => blind, {
      within: 60_000,
      onFailure: stack.report,
    });
    expect(held).toMatchObject({ traffic: 10, rollout: { state: "holding" } });
    expect(await alert(ERRORS, "firing")).toBe("rolled_back");
    expect(await view()).toMatchObject({ traffic: 0, rollout: { state: "rolled_back" } });
  }, 90_000);

  test("the ledger alone tells the state, also after a crash, and that only operators have raised anything", async () => {
    await stack.rollguard.crash();
    const { policy } = loadPolicyText(stack.policy, "policy.yaml");
    if (policy === null) throw new Error("the stack's policy is none");
    const reader = new LedgerReader(policy.flags);
    for (const event of await stack.rollguard.events(APPLICATION)) reader.read(event);
    const { revision, rollback } = await view();
    const flags = [...(await stack.rollguard.flags(APPLICATION)).values()];
    const settings = flags.map(
      ({ key, enabled, rolloutPercentage }) => [key, { enabled, rolloutPercentage }] as const,
    );
    expect(rollback).toMatchObject({ tier: "safe-state", trigger: ERRORS });
    expect(reader).toMatchObject({ revision, rollback: { id: rollback?.id, tier: rollback?.tier } });
    expect([...reader.settings].sort()).toEqual(settings.sort());
    expect(reader.rollout).toMatchObject({ status: "rolled_back" });
  }, 60_000);

  /** Each with its status and why, and nothing is different after all of them. */
  async function expectRefused(
    refused: readonly (readonly [verb: string, body: object, status: number, why: RegExp])[],
  ): Promise<void> {
    const all = async (): Promise<object> => ({
      application: await view(),
      flags: [...(await stack.rollguard.flags(APPLICATION)).values()],
      events: await stack.rollguard.events(APPLICATION),
    });
    const before = await all();
    for (const [verb, body, status, why] of refused) {
      const answer = await says(verb, body);
      const told = { verb, status: answer.status, detail: answer.body.detail };
      expect(told).toEqual({ verb, status, detail: expect.stringMatching(why) });
    }
    expect(await all()).toEqual(before);
  }
});
