import { beforeEach, describe, expect, it } from "@jest/globals";
import { bakeOf } from "../../src/domain/enter-stage.ts";
import type { Rollout } from "../../src/domain/rollout.ts";
import { planOf } from "../support/policies.ts";
import { HOUR, MINUTE, shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

const minutes = (): number => (app.now - START) / MINUTE;

describe("a yellow check", () => {
  it("holds at the end of the bake, and bakes anew for as long as the gate says", () => {
    app.deploy(steps);
    app.nextCheck({ error_rate: 0.5 });
    app.runUntil(START + 59 * MINUTE);
    const decision = app.nextCheck();
    const why = ["error_rate 0.5 is yellow (green is < 0.1)"];
    expect(decision).toMatchObject({
      reason: "held",
      detail: why[0],
      events: [{ rollout: { status: "holding" }, flags: [], traffic: null }],
      messages: [{ kind: "held", page: false }],
    });
    expect(decision.events[0]?.gate[0]).toMatchObject({ verdict: "yellow" });
    expect(app.state.rollout?.hold).toEqual({ kind: "yellow", since: app.now, why });
    expect(app.state.bake).toMatchObject({
      needed: 2 * HOUR,
      seen: 0,
      samples: new Map(),
      checkEvery: 10 * MINUTE,
    });
    app.runUntil(START + 179 * MINUTE);
    expect([app.status, app.stage, app.traffic]).toEqual(["holding", 1, 10]);
    expect(app.nextCheck().reason).toBe("promoted");
    expect(minutes()).toBe(180);
    expect(app.state.rollout?.hold).toBeNull();
  });

  it("holds again when that was no better", () => {
    app.deploy(steps);
    app.runUntil(START + 60 * MINUTE, { pass_rate: 96 });
    app.runUntil(START + 180 * MINUTE, { pass_rate: 96 });
    expect(app.ledger.map(({ reason }) => reason)).toEqual(["promoted", "held", "held"]);
    expect(app.state.rollout?.hold?.since).toBe(START + 180 * MINUTE);
  });

  it("is forgotten where only the last checks count", () => {
    app.deploy(steps);
    app.nextCheck({ pass_rate: 96 });
    app.runUntil(START + 60 * MINUTE);
    expect(app.stage).toBe(2);
  });
});

describe("the bake of a stage", () => {
  it("is checked as the plan says when its gate is not there to say more", () => {
    app.deploy(planOf("slow", [{ bake: HOUR, checkEvery: HOUR }]));
    const rollout = app.state.rollout as Rollout;
    expect(bakeOf(rollout, shop, START).checkEvery).toBe(20 * MINUTE);
    expect(bakeOf(rollout, { ...shop, gates: new Map() }, START)).toMatchObject({
      checkEvery: HOUR,
      needed: HOUR,
    });
  });
});
