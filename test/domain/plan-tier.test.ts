import { describe, expect, it } from "@jest/globals";
import { type FlagSetting, settingsOf } from "../../src/domain/flag.ts";
import { planTier, type TierRequest } from "../../src/domain/plan-tier.ts";
import { policyOf } from "../support/policies.ts";

const on = (rolloutPercentage = 100): FlagSetting => ({ enabled: true, rolloutPercentage });
const OFF: FlagSetting = { enabled: false, rolloutPercentage: 0 };

const policy = policyOf({
  flags: [
    { key: "core", phase: 1 },
    { key: "darwin", phase: 5 },
    { key: "cache", phase: 6 },
    { key: "warm", parent: "cache", phase: 2 },
  ],
  tiers: {
    phase: { phases: [6], trafficCap: 30 },
    "safe-state": { phases: [5, 6], flags: ["core"], trafficCap: 0 },
  },
});

function planned(
  request: Partial<TierRequest>,
  settings: Record<string, FlagSetting> = {},
): Record<string, FlagSetting> {
  const all = new Map([...settingsOf(policy.flags, new Map()), ...Object.entries(settings)]);
  const changes = planTier({ tier: "flag", flags: [], snapshot: null, ...request }, all, policy);
  return Object.fromEntries(changes.map(({ flag, after }) => [flag, after]));
}

describe("what a tier turns down", () => {
  it("flag: the named flags and their children, nothing else", () => {
    expect(planned({ tier: "flag", flags: ["cache"] })).toEqual({ cache: OFF, warm: OFF });
    expect(planned({ tier: "flag", flags: ["not a flag"] })).toEqual({});
  });

  it("stage: back to what was promoted, and never above what is now", () => {
    const snapshot = new Map([
      ["traffic", on(30)],
      ["darwin", OFF],
      ["cache", on(80)],
      ["forgotten", on()],
    ]);
    expect(planned({ tier: "stage", snapshot }, { cache: on(50) })).toEqual({ traffic: on(30), darwin: OFF });
  });

  it("stage without a stage to return to: as phase", () => {
    expect(planned({ tier: "stage" })).toEqual(planned({ tier: "phase" }));
  });

  it("phase: the phase's flags off, traffic capped", () => {
    expect(planned({ tier: "phase" })).toEqual({ traffic: on(30), cache: OFF });
    expect(planned({ tier: "phase" }, { traffic: on(20) })).toEqual({ cache: OFF });
  });

  it("phase after stages: no more than the milder tier would have left", () => {
    const snapshot = new Map([["traffic", on(5)]]);
    expect(planned({ tier: "phase", snapshot })).toMatchObject({ traffic: on(5) });
  });

  it("safe-state: its phases and flags off, traffic 0", () => {
    expect(planned({ tier: "safe-state" })).toEqual({ traffic: OFF, core: OFF, darwin: OFF, cache: OFF });
  });

  it("a flag that is off already keeps its percentage", () => {
    expect(planned({ tier: "phase" }, { cache: { enabled: false, rolloutPercentage: 70 } })).toEqual({
      traffic: on(30),
    });
  });
});
