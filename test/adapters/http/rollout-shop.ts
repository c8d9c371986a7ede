import type { Plan, Stage } from "../../../src/domain/plan.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { policyOf } from "../../support/policies.ts";

function stage(traffic: number, more: Partial<Stage> = {}): Stage {
  return {
    name: `to ${traffic} %`,
    traffic,
    flags: new Map(),
    bake: 3_600_000,
    checkEvery: 600_000,
    gate: "standard",
    approval: false,
    ...more,
  };
}

function plan(name: string, more: Partial<Plan> = {}): Plan {
  return {
    name,
    description: "",
    stages: [stage(10), stage(100)],
    stepEvery: null,
    dangerous: false,
    ...more,
  };
}

/** A shop that can be rolled out: two plans, one gate, one trigger. */
export const shop: Policy = {
  ...policyOf({
    flags: [{ key: "cache", enabled: false, rolloutPercentage: 0 }],
    triggers: [{ alert: "ErrorRateSpike", tier: "safe-state" }],
    tiers: { "safe-state": { trafficCap: 0, flags: ["cache"] } },
  }),
  plans: new Map([
    ["safe", plan("safe")],
    ["instant", plan("instant", { dangerous: true, stages: [stage(100)] })],
  ]),
  gates: new Map([
    [
      "standard",
      {
        name: "standard",
        holdFor: 60_000,
        criteria: [
          {
            metric: "error_rate",
            expr: null,
            source: "prometheus",
            green: { comparison: "<", value: 0.1 },
            red: { comparison: ">", value: 1 },
            sustained: "whole-bake",
          },
        ],
      },
    ],
  ]),
};
