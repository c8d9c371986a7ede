import { describe, expect, it } from "@jest/globals";
import type { CountBlock } from "../../src/domain/counts.ts";
import type { Decision } from "../../src/domain/decision.ts";
import type { GateCriterion } from "../../src/domain/gate.ts";
import type { KeysSeen } from "../../src/domain/keys-seen.ts";
import { criterionOf, planOf } from "../support/policies.ts";
import { MINUTE, SECOND, shop } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;
const BLOCK = 30 * SECOND;
const by = { label: "feature_flag_variant", treatment: "on", control: "off" };
const keys = (treatment: number, percentage = 10): KeysSeen => {
  const control = 9 * treatment;
  return { flag: "traffic", percentage, treatment, control, sampled: { treatment, control } };
};
const mismatch: KeysSeen = { ...keys(5_000), sampled: { treatment: 2_000, control: 2_000 } };

function errorRate(isCompared: boolean): GateCriterion {
  return {
    ...criterionOf("error_rate", "< 0.1", "> 1"),
    counted: {
      counts: { kind: "ratio", bad: "errors_total", total: "requests_total" },
      judge: "sequential",
      minimum: 0,
      compare: isCompared ? { by, margin: 0.5 } : null,
      yellow: "as-before",
    },
  };
}

/** A stage of ten minutes in which nothing fails. */
function baked(
  seen: KeysSeen | undefined,
  { isCompared = true, traffic = 10 } = {},
): { app: RolloutSimulator; last: Decision; known: KeysSeen | undefined; look: () => Decision } {
  const gate = { name: "standard", criteria: [errorRate(isCompared)], holdFor: 5 * MINUTE };
  const app = new RolloutSimulator({
    policy: { ...shop, gates: new Map([["standard", gate]]) },
    now: START,
  });
  const stage = { traffic, bake: 10 * MINUTE, checkEvery: MINUTE };
  let last = app.deploy(planOf("fast", [stage, { ...stage, traffic: 100 }]));
  const look = (): Decision => {
    const from = app.now;
    app.now += BLOCK;
    const block: CountBlock = { from, to: app.now, total: 1_000, bad: 0, elevated: 0 };
    const counts = { all: [block], variants: { treatment: [block], control: [block] } };
    const evidence = {
      ...app.evidence(),
      counts: new Map([["error_rate", counts]]),
      ...(seen === undefined ? {} : { keys: seen }),
    };
    return app.take({ type: "check", evidence });
  };
  let known: KeysSeen | undefined;
  while (app.now < START + 10 * MINUTE) {
    known = app.state.bake?.users;
    last = look();
  }
  return { app, last, known, look };
}

const told = ({ events }: Decision) => [events[0]?.reason, events[0]?.detail];

describe("the users whom a stage compares", () => {
  it("promote it without a word when they are many, and drawn as the percentage says", () => {
    const { last } = baked(keys(1_000));
    expect(last.events[0]?.reason).toBe("promoted");
    expect(last.events[0]?.detail).not.toContain("users");
  });

  it("are said to be few with its promotion: luck alone makes a difference", () => {
    const { last } = baked(keys(70));
    expect(last.events[0]?.reason).toBe("promoted");
    expect(last.events[0]?.detail).toContain("few users: about 70 have traffic");
  });

  it("hold it when they are others than the percentage draws: nobody knows what was compared", () => {
    const { app, last, known, look } = baked(mismatch);
    expect(told(last)).toEqual(["held", expect.stringContaining("share mismatch: traffic is on for 50 %")]);
    expect(app.state.rollout?.hold?.kind).toBe("approval");
    expect(known).toEqual(mismatch);
    expect(look().events).toEqual([]);
    expect(told(app.says("approve", { reason: "the marketing team drew them" }))).toEqual([
      "approved",
      expect.anything(),
    ]);
  });

  it.each([
    ["nobody is known", undefined, {}],
    ["it compares nothing", mismatch, { isCompared: false }],
    ["there is no control left", { ...mismatch, percentage: 100 }, { traffic: 100 }],
    ["they were drawn for another percentage", { ...mismatch, percentage: 5 }, {}],
  ])("say nothing where %s", (_why, seen, stage) => {
    const { last, known } = baked(seen, stage);
    expect(["promoted", "completed"]).toContain(last.events[0]?.reason);
    expect(last.events[0]?.detail).not.toContain("users");
    expect(known).toBeUndefined();
  });
});
