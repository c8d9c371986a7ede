import { describe, expect, it } from "@jest/globals";
import { type Rollout, stageOf, statusOf } from "../../src/domain/rollout.ts";
import { eventRolloutOf } from "../../src/domain/rollout-told.ts";
import { shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

describe("a rollout", () => {
  it("is what is most important about it", () => {
    const app = new RolloutSimulator({ policy: shop });
    app.deploy(steps);
    const rollout = app.state.rollout as Rollout;
    const hold = { kind: "yellow" as const, since: 0, why: [] };
    const blind = { since: 0, missing: [] };
    expect(statusOf(rollout)).toBe("running");
    expect(statusOf({ ...rollout, blind })).toBe("holding");
    expect(statusOf({ ...rollout, hold })).toBe("holding");
    expect(statusOf({ ...rollout, hold, blind, pausedAt: 1 })).toBe("paused");
    expect(statusOf({ ...rollout, hold, blind, pausedAt: 1, outcome: "failed" })).toBe("failed");
  });

  it("that lost its stage, should a store be damaged, is never promoted, and a trigger still ends it", () => {
    const app = new RolloutSimulator({ policy: shop });
    app.deploy(steps);
    const rollout = { ...(app.state.rollout as Rollout), stage: 7 };
    app.state.rollout = rollout;
    expect(stageOf(rollout)).toMatchObject({ gate: "", approval: true });
    expect(eventRolloutOf(rollout)).toMatchObject({ stage: 8, name: "" });
    expect(app.nextLook()).toMatchObject({
      reason: "held",
      detail: 'blind: the gate "" is not in the policy any more',
    });
    app.alert("Slow");
    expect(app.status).toBe("rolled_back");
  });
});
