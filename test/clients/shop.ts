import { policyOf } from "../support/policies.ts";

/** One flag of each kind that clients tell apart, and an alert that turns `cache` off. */
export const shop = policyOf({
  flags: [
    { key: "search" },
    { key: "gone", enabled: false },
    { key: "half", rolloutPercentage: 50 },
    { key: "nobody", rolloutPercentage: 0 },
    {
      key: "pilot",
      rolloutPercentage: 0,
      targeting: { users: new Set(), regions: new Set(["eu"]), rules: [] },
    },
    { key: "cache" },
  ],
  triggers: [{ alert: "CacheBroken", tier: "flag", flags: ["cache"] }],
});
