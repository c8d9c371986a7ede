import { describe, expect, it } from "@jest/globals";
import { type DeployRequest, type ResolvedDeploy, resolveDeploy } from "../../src/domain/deploy-plan.ts";
import { scheduleOf } from "../../src/domain/schedule.ts";
import { criterionOf, planOf, policyOf } from "../support/policies.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const daily = planOf(
  "daily",
  [
    { traffic: 5, bake: 8 * HOUR, checkEvery: HOUR },
    { traffic: 50, bake: 8 * HOUR, checkEvery: 2 * HOUR },
    { traffic: 50, bake: 8 * HOUR, checkEvery: 2 * HOUR },
    { traffic: 100, bake: 8 * HOUR, checkEvery: 2 * HOUR, gate: "final" },
  ],
  { stepEvery: 24 * HOUR },
);
const core = new Map([["core", { enabled: true, rolloutPercentage: 100 }]]);
const policy = {
  ...policyOf({
    flags: [{ key: "core" }],
    plans: [daily, planOf("quick", [{ traffic: 100 }])],
    gates: [
      { name: "standard", criteria: [criterionOf("error_rate", "< 0.1", "> 1")], holdFor: HOUR },
      { name: "final", criteria: [criterionOf("pass_rate", ">= 98")], holdFor: HOUR },
    ],
    rollout: { defaultPlan: "daily" },
  }),
  customPlan: { flags: core, checkEvery: 30 * SECOND, gate: "standard" },
};

const NOTHING: DeployRequest = {
  plan: null,
  steps: null,
  wait: null,
  targetPercentage: null,
  errorThreshold: null,
  latencyThreshold: null,
};

function resolved(request: Partial<DeployRequest>): ResolvedDeploy {
  const result = resolveDeploy({ ...NOTHING, ...request }, policy);
  if ("problems" in result) throw new Error(result.problems.join("\n"));
  return result;
}

function problems(request: Partial<DeployRequest>): readonly string[] {
  const result = resolveDeploy({ ...NOTHING, ...request }, policy);
  return "problems" in result ? result.problems : [];
}

describe("a deploy's plan", () => {
  it("is the policy's default, or the one that is named", () => {
    expect(resolved({})).toEqual({ plan: daily, thresholds: new Map() });
    expect(resolved({ plan: "quick" }).plan).toBe(policy.plans.get("quick"));
  });

  it("is refused when there is none of that name", () => {
    const message = 'plan: there is no plan "sfae"; there are: daily, quick, custom';
    expect(problems({ plan: "sfae" })).toEqual([message]);
    expect(problems({ plan: "sfae", steps: [1], wait: 0 })).toEqual([
      "wait: 0 s is no bake: between 1s and 365d are expected",
      'steps: the plan "sfae" has its own stages; steps are for the plan custom',
      message,
    ]);
    expect(problems({ plan: "" })).toHaveLength(1);
    expect(problems({ plan: "__proto__" })).toHaveLength(1);
  });

  it("of one's own steps is custom", () => {
    const { plan } = resolved({ steps: [0, 10, 10, 100], wait: 600 * SECOND });
    expect(plan).toMatchObject({ name: "custom", stepEvery: null, dangerous: false });
    expect(plan.stages).toMatchObject([
      {
        name: "stage 1: 0 %",
        traffic: 0,
        flags: core,
        bake: 600 * SECOND,
        checkEvery: 30 * SECOND,
        gate: "standard",
      },
      { name: "stage 2: 10 %", traffic: 10, flags: new Map() },
      { traffic: 10 },
      { traffic: 100, approval: false },
    ]);
    expect(resolved({ plan: "custom", steps: [100], wait: SECOND }).plan.stages).toMatchObject([
      { bake: SECOND, checkEvery: SECOND },
    ]);
  });

  it("needs steps and a wait to be custom", () => {
    expect(problems({ plan: "custom" })).toEqual([
      "wait: say how long each stage of the plan custom bakes, e.g. 600 seconds",
      "steps: say the stages of the plan custom, e.g. 0,10,50,100",
    ]);
    expect(problems({ steps: [10] })).toHaveLength(1);
  });

  it.each<[string, readonly number[], string]>([
    ["that go down", [10, 50, 20], "steps: they go down from 50 to 20; a rollout only goes up"],
    ["below 0", [-1], "steps: -1 is no percentage from 0 to 100, with at most two decimals"],
    ["above 100", [10, 101], "steps: 101 is no percentage from 0 to 100, with at most two decimals"],
    [
      "finer than users are counted",
      [0.005],
      "steps: 0.005 is no percentage from 0 to 100, with at most two decimals",
    ],
    [
      "that are no numbers",
      [Number.NaN],
      "steps: NaN is no percentage from 0 to 100, with at most two decimals",
    ],
    ["of which there are none", [], "steps: between 1 and 100 steps are expected, not 0"],
    ["of which there are many", Array(101).fill(5), "steps: between 1 and 100 steps are expected, not 101"],
  ])("has no steps %s", (_, steps, message) => {
    expect(problems({ steps, wait: 600 * SECOND })).toEqual([message]);
  });

  it("may have steps of a hundredth of a percent", () => {
    expect(resolved({ steps: [0.01, 0.07, 33.33, 99.99], wait: HOUR }).plan.stages).toHaveLength(4);
  });

  it.each([0, -5, 0.999 * SECOND, 366 * 24 * HOUR, Number.NaN, Number.POSITIVE_INFINITY])(
    "has no bake of %d",
    (wait) => {
      expect(problems({ wait })).toEqual([
        expect.stringMatching(/^wait: .* s is no bake: between 1s and 365d are expected$/),
      ]);
    },
  );

  it("bakes as long as the operator says, and waits for no next day then", () => {
    const { plan } = resolved({ wait: 90 * 60 * SECOND });
    expect(plan.stepEvery).toBeNull();
    expect(plan.stages.map(({ bake, checkEvery }) => [bake / HOUR, checkEvery / HOUR])).toEqual([
      [1.5, 1],
      [1.5, 1.5],
      [1.5, 1.5],
      [1.5, 1.5],
    ]);
  });

  it.each<[number, readonly number[]]>([
    [100, [5, 50, 50, 100]],
    [99.5, [5, 50, 50, 99.5]],
    [50, [5, 50, 50]],
    [20, [5, 20]],
    [5, [5]],
    [1, [1]],
    [0, [0]],
  ])("ends at the target of %d %%", (targetPercentage, traffic) => {
    const { plan } = resolved({ targetPercentage });
    expect(plan.stages.map((stage) => stage.traffic)).toEqual(traffic);
    expect(plan.stepEvery).toBe(24 * HOUR);
  });

  it("has a target that it can reach", () => {
    expect(problems({ steps: [10, 50], wait: HOUR, targetPercentage: 60 })).toEqual([
      "targetPercentage: the plan ends at 50 %, below 60 %",
    ]);
    expect(problems({ steps: [], wait: HOUR, targetPercentage: 60 })).toEqual([
      "steps: between 1 and 100 steps are expected, not 0",
    ]);
    for (const targetPercentage of [-1, 100.5, 0.001, Number.NaN])
      expect(problems({ targetPercentage })).toEqual([
        `targetPercentage: ${targetPercentage} is no percentage from 0 to 100, with at most two decimals`,
      ]);
  });

  it("is judged by the operator's thresholds, where a gate judges that", () => {
    expect(resolved({ errorThreshold: 0.5 }).thresholds).toEqual(new Map([["error_rate", 0.5]]));
    expect(resolved({ errorThreshold: 0 }).thresholds).toEqual(new Map([["error_rate", 0]]));
    expect(problems({ latencyThreshold: 300 })).toEqual([
      "latencyThreshold: no gate of this plan judges p95_latency",
    ]);
    expect(problems({ errorThreshold: -1, latencyThreshold: Number.NaN })).toEqual([
      "errorThreshold: -1 is no limit: a number from 0 is expected",
      "latencyThreshold: NaN is no limit: a number from 0 is expected",
    ]);
  });

  it("tells everything that is wrong at once", () => {
    expect(problems({ steps: [101], wait: 0, targetPercentage: -1, errorThreshold: -1 })).toHaveLength(4);
  });
});

describe("a schedule", () => {
  const { plan } = resolved({});
  const from = 1_000_000;
  const settings = new Map([
    ["traffic", { enabled: false, rolloutPercentage: 0 }],
    ["core", { enabled: true, rolloutPercentage: 100 }],
  ]);

  it("shows each stage's gate as it will judge", () => {
    const thresholds = new Map([["error_rate", 0.5]]);
    const stages = scheduleOf({ plan, thresholds, policy, settings, from });
    expect(stages[0]).toMatchObject({
      stage: 1,
      name: "stage 1",
      traffic: 5,
      gate: "standard",
      approval: false,
    });
    expect(stages[0]?.criteria).toMatchObject([{ red: { comparison: ">", value: 0.5 } }]);
    expect(stages[3]?.criteria).toMatchObject([{ metric: "pass_rate" }]);
    expect(stages.map(({ startsAt }) => (startsAt - from) / HOUR)).toEqual([0, 24, 48, 72]);
    expect(stages.map(({ endsAt }) => (endsAt - from) / HOUR)).toEqual([24, 48, 72, 80]);
  });

  it("shows no criteria of a gate that the policy has lost", () => {
    const gateless = { ...policy, gates: new Map() };
    const [first] = scheduleOf({ plan, thresholds: new Map(), policy: gateless, settings, from });
    expect(first).toMatchObject({ criteria: [], checkEvery: HOUR });
  });
});
