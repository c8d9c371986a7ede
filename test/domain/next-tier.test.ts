import { describe, expect, it } from "@jest/globals";
import { nextTier } from "../../src/domain/next-tier.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { Rollback } from "../../src/domain/rollback.ts";
import { emptyState } from "../../src/domain/state.ts";
import type { TierName } from "../../src/domain/tier.ts";
import { policyOf } from "../support/policies.ts";
import { on } from "../support/policies-rollout.ts";
import { running } from "../support/rollback-simulator.ts";

function nextAfter(
  tier: TierName,
  policy: Policy = running,
  more: Partial<typeof none> = {},
  flags: string[] = [],
) {
  return nextTier({ ...none, ...more }, { tier, flags } as unknown as Rollback, policy);
}

const none = emptyState();

describe("the tier after one that did not help", () => {
  it("is the next one that turns anything down", () => {
    const everything = (["flag", "stage", "phase", "safe-state"] as const).map((tier) => nextAfter(tier));
    expect(everything).toEqual(["stage", "phase", "safe-state", "emergency"]);
    const idle = policyOf({ tiers: { "safe-state": { trafficCap: 0 }, emergency: { killSwitch: true } } });
    expect(nextAfter("flag", idle)).toBe("safe-state");
  });

  it("counts what the snapshot and the flags that are asked for say", () => {
    const bare = policyOf({ flags: [{ key: "cache" }] });
    const snapshot = new Map([["traffic", on(10)]]);
    expect(nextAfter("flag", bare, { snapshot })).toBe("stage");
    expect(nextAfter("flag", bare, { snapshot: new Map() })).toBe("emergency");
    expect(nextAfter("flag", bare, {}, ["cache"])).toBe("stage");
  });

  it("is the most severe one when none turns anything down", () => {
    expect(nextAfter("flag", policyOf({}))).toBe("emergency");
    expect(nextAfter("safe-state", policyOf({}))).toBe("emergency");
  });

  it("is none after the most severe one", () => {
    expect(nextAfter("emergency")).toBeNull();
  });
});
