import { describe, expect, it } from "@jest/globals";
import { countsDue } from "../../src/domain/counts-due.ts";
import type { Counted, Gate, GateCriterion } from "../../src/domain/gate.ts";
import { termsOf } from "../../src/domain/gate-counts.ts";
import { type JudgeTerms, startCounts } from "../../src/domain/judging/judge-counts.ts";
import type { ActiveRollout } from "../../src/domain/rollout.ts";
import { criterionOf } from "../support/policies.ts";
import { HOUR, MINUTE, SECOND, shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;

const counted: Counted = {
  counts: { kind: "ratio", bad: "errors_total", total: "requests_total" },
  judge: "sequential",
  minimum: 0,
  compare: null,
  yellow: "as-before",
};

function gateOf(criterion: Partial<Counted>, settle?: number): Gate {
  const criteria = [
    { ...criterionOf("error_rate", "< 0.1", "> 1"), counted: { ...counted, ...criterion } },
    criterionOf("uptime", ">= 100", "< 99.9"),
  ];
  return { name: "standard", criteria, holdFor: HOUR, ...(settle === undefined ? {} : { settle }) };
}

function dueWith(gate: Gate, counting?: { until: number; isUsualKnown: boolean }) {
  const policy = { ...shop, gates: new Map([["standard", gate]]) };
  const app = new RolloutSimulator({ policy, now: START });
  app.deploy(steps);
  const bake = app.state.bake;
  const terms = termsOf(gate.criteria[0] as GateCriterion, gate, app.state.rollout as ActiveRollout);
  const entries =
    counting &&
    new Map([
      [
        "error_rate",
        {
          state: startCounts(terms as JudgeTerms, counting.until, null),
          isUsualKnown: counting.isUsualKnown,
          recent: [],
          recentControl: [],
        },
      ],
    ]);
  return countsDue(
    app.state.rollout as ActiveRollout,
    bake && (entries === undefined ? bake : { ...bake, counting: entries }),
    policy,
    START + 10 * MINUTE,
  );
}

describe("what a look at a stage counts", () => {
  const before = { stage: START, rollout: START };

  it("is what came since the stage began, and what was usual before", () => {
    expect(dueWith(gateOf({}))).toEqual([{ metric: "error_rate", counted, since: START, before }]);
  });

  it("leaves out what the gate lets settle", () => {
    expect(dueWith(gateOf({}, 30 * SECOND))).toMatchObject([{ since: START + 30 * SECOND }]);
  });

  it("is what came since the last block, and what was usual until that is known", () => {
    const until = START + 5 * MINUTE;
    expect(dueWith(gateOf({}), { until, isUsualKnown: false })).toMatchObject([{ since: until, before }]);
    expect(dueWith(gateOf({}), { until, isUsualKnown: true })).toMatchObject([
      { since: until, before: null },
    ]);
  });

  it("is, of a value with a minimum of requests, the last five minutes", () => {
    expect(dueWith(gateOf({ judge: "threshold" }))).toEqual([]);
    expect(dueWith(gateOf({ judge: "threshold", minimum: 100 }))).toMatchObject([
      { since: START + 5 * MINUTE, before: null },
    ]);
  });

  it("is nothing where the policy has lost the gate", () => {
    const app = new RolloutSimulator({ policy: shop, now: START });
    app.deploy(steps);
    const lost = { ...shop, gates: new Map() };
    expect(countsDue(app.state.rollout as ActiveRollout, app.state.bake, lost, START)).toEqual([]);
  });
});
