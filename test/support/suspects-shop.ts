import { expect } from "@jest/globals";
import type { SuspectsPolicy } from "../../src/domain/alert.ts";
import { explain } from "../../src/domain/explain.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { criterionOf, planOf, policyOf } from "./policies.ts";
import { MINUTE, OFF, on } from "./policies-rollout.ts";
import { RollbackSimulator } from "./rollback-simulator.ts";

export const HOUR = 60 * MINUTE;

const SUSPECTS: SuspectsPolicy = { window: 24 * HOUR, atOnce: 1, withoutSuspect: "page", pending: MINUTE };

export const PLAN = planOf("plan", [{ traffic: 100, flags: new Map() }]);

/** A shop in which everything is off but what was never touched. */
function shopPolicy(suspects: Partial<SuspectsPolicy> = {}): Policy {
  return policyOf({
    flags: [
      { key: "parent", ...OFF },
      { key: "child", parent: "parent" },
      { key: "grandchild", parent: "child" },
      { key: "cache", ...OFF },
      { key: "router", ...OFF },
      { key: "old" },
      { key: "otel", ...OFF, protected: true },
      { key: "read_only", kind: "operational", ...OFF },
      { key: "shutdown", kind: "kill-switch", ...OFF },
    ],
    tiers: { "safe-state": { trafficCap: 0 }, emergency: { pages: true } },
    triggers: [
      { alert: "CheckoutBroken", tier: "flag", suspects: { ...SUSPECTS, ...suspects } },
      { alert: "SearchBroken", tier: "flag", suspects: { ...SUSPECTS, ...suspects } },
      { alert: "OldBroken", tier: "flag", flags: ["old"] },
      { alert: "ServiceDown", tier: "emergency" },
    ],
    plans: [PLAN],
    gates: [{ name: "standard", criteria: [criterionOf("error_rate", "< 0.1", "> 1")], holdFor: HOUR }],
    rollbacks: { stormBreaker: { rollbacks: 99, within: HOUR } },
  });
}

/** Flags are raised by restoring a backup: an operator's deed like any other. */
export class SuspectsShop extends RollbackSimulator {
  constructor(suspects: Partial<SuspectsPolicy> = {}) {
    super({ policy: shopPolicy(suspects) });
  }

  wait(duration: number): void {
    this.now += duration;
  }

  raise(...flags: readonly string[]): this {
    const settings = new Map(flags.map((flag) => [flag, on()]));
    const said = { actor: "alice", reason: "release", expected: null, acknowledge: true };
    expect(this.take({ type: "restore", ...said, settings }).reason).toBe("flag_changed");
    return this;
  }

  get off(): string[] {
    return [...this.state.flags]
      .filter(([, { quarantinedBy }]) => quarantinedBy !== null)
      .map(([key]) => key);
  }

  explains(alert = "CheckoutBroken") {
    return explain(this.state, this.policy, this.now, alert)[0];
  }
}
