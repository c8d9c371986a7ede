import type { FlagSetting } from "../../src/domain/flag.ts";
import { criterionOf, planOf, policyOf } from "./policies.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const OFF: FlagSetting = { enabled: false, rolloutPercentage: 0 };

export function on(rolloutPercentage = 100): FlagSetting {
  return { enabled: true, rolloutPercentage };
}

/** Three stages of an hour, each looked at six times. */
export const steps = planOf("steps", [
  { traffic: 10, flags: new Map([["core", on()]]) },
  { traffic: 50, flags: new Map([["cache", on(50)]]) },
  { traffic: 100, flags: new Map([["cache", on()]]) },
]);

/** The second stage waits for an operator. */
export const approved = planOf("approved", [
  { traffic: 10 },
  { traffic: 50, approval: true, flags: new Map([["cache", on(50)]]) },
  { traffic: 100 },
]);

const criteria = [
  criterionOf("error_rate", "< 0.1", "> 1"),
  criterionOf("pass_rate", ">= 98", "< 95", { checksInARow: 3 }),
  criterionOf("uptime", ">= 100", "< 99.9", "average"),
];

/** A shop that is rolled out: everything is off to begin with, but for `core`, `llm` and `otel`. */
export const shop = policyOf({
  flags: [
    { key: "traffic", ...OFF, phase: 4 },
    { key: "core", phase: 1 },
    { key: "llm", phase: 2, parent: "traffic" },
    { key: "cache", ...OFF, phase: 6 },
    { key: "otel", protected: true },
    { key: "read_only", kind: "operational", ...OFF },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
  tiers: {
    phase: { phases: [6], trafficCap: 30 },
    "safe-state": { phases: [5, 6], trafficCap: 0 },
    emergency: { pages: true },
  },
  triggers: [
    { alert: "CacheBroken", tier: "flag", flags: ["cache"] },
    { alert: "Slow", tier: "stage" },
    { alert: "ErrorRateSpike", tier: "safe-state" },
    { alert: "ServiceDown", tier: "emergency" },
  ],
  plans: [steps, approved],
  gates: [{ name: "standard", criteria, holdFor: 2 * HOUR }],
});
