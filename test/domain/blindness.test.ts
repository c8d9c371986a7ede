import { beforeEach, describe, expect, it } from "@jest/globals";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import { approved, HOUR, MINUTE, SECOND, shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;
const restarting = { ...shop, rollout: { ...shop.rollout, afterBlindness: "restart" as const } };

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

describe("a rollout that cannot be seen", () => {
  it("is held, says what is missing, and pages once", () => {
    app.deploy(steps);
    const decision = app.nextCheck({ error_rate: null, pass_rate: [] }, ["the Watchdog was lost"]);
    const missing = ["the Watchdog was lost", "no data for error_rate", "no data for pass_rate"];
    expect(decision).toMatchObject({
      reason: "held",
      detail: `blind: ${missing.join("; ")}`,
      events: [{ actor: "clock", rollout: { status: "holding" }, flags: [] }],
      messages: [{ kind: "blind", page: true }],
    });
    expect(app.state.rollout).toMatchObject({ blind: { since: app.now, missing }, hold: null });
    expect(app.status).toBe("holding");
    for (let check = 0; check < 100; check++)
      expect(app.nextCheck({}, ["Prometheus does not answer"])).toMatchObject({ reason: null, messages: [] });
    expect(app.now).toBe(START + 10 * MINUTE + 100 * 15 * SECOND);
    expect(app.state.rollout?.blind?.missing).toEqual(missing);
    expect(app.state.bake?.missing).toEqual(["Prometheus does not answer"]);
    expect([app.stage, app.traffic, app.state.bake?.seen]).toEqual([1, 10, 9 * MINUTE]);
  });

  it("is one whose evidence does not even name a metric", () => {
    app.deploy(steps);
    app.now += 10 * MINUTE;
    const evidence = { ...app.evidence(), values: new Map([["error_rate", [0]]]) };
    app.take({ type: "check", evidence });
    expect(app.state.rollout?.blind?.missing).toEqual(["no data for pass_rate", "no data for uptime"]);
  });

  it("goes on by itself when everything has data again, and what was seen before still counts", () => {
    app.deploy(steps);
    app.runUntil(START + 30 * MINUTE);
    app.nextLook({ uptime: null });
    app.now += 5 * HOUR;
    const decision = app.nextCheck();
    expect(decision).toMatchObject({
      reason: "resumed",
      detail: "everything has data again",
      events: [{ actor: "clock", rollout: { status: "running" } }],
      messages: [{ kind: "seeing_again", page: false }],
    });
    expect(decision.events[0]?.gate).toHaveLength(3);
    expect(app.state.bake).toMatchObject({ seen: 30 * MINUTE, missing: [] });
    app.runFor(29 * MINUTE);
    expect(app.stage).toBe(1);
    app.runFor(MINUTE);
    expect(app.stage).toBe(2);
  });

  it("bakes anew where the policy wants that", () => {
    app.policy = restarting;
    app.deploy(steps);
    app.runUntil(START + 30 * MINUTE);
    app.nextCheck({ uptime: null });
    app.nextCheck();
    expect(app.state.bake).toMatchObject({ seen: 0, needed: HOUR, missing: [] });
    expect(app.state.bake?.samples.get("error_rate")?.count).toBe(1);
    app.runFor(59 * MINUTE);
    expect(app.stage).toBe(1);
    app.runFor(MINUTE);
    expect(app.stage).toBe(2);
  });

  it("bakes as long as it was held for, where it was held and bakes anew", () => {
    app.policy = restarting;
    app.deploy(steps);
    app.runUntil(START + 60 * MINUTE, { error_rate: 0.5 });
    app.nextCheck({ uptime: null });
    app.nextCheck();
    expect(app.state.bake).toMatchObject({ seen: 0, needed: 2 * HOUR });
    expect(app.status).toBe("holding");
  });

  it("is promoted with the look that sees again, when nothing but that was missing", () => {
    app.deploy({ ...steps, stepEvery: 3 * HOUR });
    app.runUntil(START + 170 * MINUTE);
    app.nextCheck({ uptime: null });
    app.now += HOUR;
    expect(app.nextCheck()).toMatchObject({ reason: "promoted", messages: [{ kind: "promoted" }] });
    expect(app.state.rollout).toMatchObject({ stage: 1, blind: null });
  });

  it("is rolled back by a red value that does arrive", () => {
    app.deploy(steps);
    app.nextCheck({ uptime: null });
    expect(app.nextCheck({ uptime: null, error_rate: 3 }).reason).toBe("rolled_back");
  });

  it("may be paused and resumed, which makes nobody see", () => {
    app.deploy(steps);
    app.nextLook({ uptime: null });
    app.says("pause");
    expect(app.status).toBe("paused");
    app.now += HOUR;
    app.says("resume");
    expect(app.status).toBe("holding");
    expect(nextCheckOf(app.state)).toBe(app.now);
    app.now += 5 * MINUTE;
    expect(app.check().reason).toBe("resumed");
    expect(app.state.bake?.seen).toBe(0);
  });

  it("is one whose gate is gone from the policy; it goes on when that is back", () => {
    app.deploy(steps);
    app.policy = { ...shop, gates: new Map() };
    expect(app.nextLook({ error_rate: 99 })).toMatchObject({
      reason: "held",
      detail: 'blind: the gate "standard" is not in the policy any more',
    });
    app.policy = shop;
    expect(app.nextCheck().reason).toBe("resumed");
    app.runToEnd();
    expect(app.status).toBe("completed");
  });

  it("cannot be approved", () => {
    app.deploy(approved);
    app.runUntil(START + 130 * MINUTE);
    app.nextCheck({ uptime: null });
    expect(app.says("approve")).toMatchObject({
      reason: "refused",
      detail: expect.stringMatching(/cannot be seen/),
    });
  });
});

describe("an outage", () => {
  it("counts for nothing: the bake lasts as long as it was not watched", () => {
    app.deploy(steps);
    app.runUntil(START + 30 * MINUTE);
    app.now += 9 * HOUR;
    expect(app.nextLook()).toMatchObject({ reason: null });
    expect(app.state.bake).toMatchObject({ seen: 30 * MINUTE, countFrom: app.now });
    const again = app.now;
    app.runUntil(again + 30 * MINUTE - 1);
    expect(app.stage).toBe(1);
    app.runUntil(again + 30 * MINUTE);
    expect(app.stage).toBe(2);
  });

  it("between stages starts the next one when it is over, not before", () => {
    app.deploy(steps);
    app.runUntil(START + 59 * MINUTE);
    app.now = START + 60 * MINUTE + 5 * SECOND;
    expect(app.check().reason).toBe("promoted");
    expect(app.state.rollout?.stageStartedAt).toBe(app.now);
  });
});
