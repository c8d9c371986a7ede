import fc from "fast-check";
import type { Alert } from "../../src/domain/alert.ts";
import type { FlagPolicy, FlagSetting } from "../../src/domain/flag.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { Ramp } from "../../src/domain/ramp.ts";
import type { Targeting } from "../../src/domain/targeting.ts";
import { TIER_NAMES, type TierName, type TierPolicy } from "../../src/domain/tier.ts";
import { policyOf } from "./policies.ts";

const percentage = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

export const tierName: fc.Arbitrary<TierName> = fc.constantFrom(...TIER_NAMES);

const setting: fc.Arbitrary<FlagSetting> = fc.record({
  enabled: fc.boolean(),
  rolloutPercentage: percentage,
});

const phase = fc.option(fc.integer({ min: 1, max: 6 }));

/** Most flags have none. */
export const override: fc.Arbitrary<boolean | null> = fc.constantFrom(
  null,
  null,
  null,
  null,
  null,
  null,
  true,
  false,
);

const TARGETINGS: readonly Targeting[] = [
  { users: new Set(["ada"]), regions: new Set(), rules: [] },
  {
    users: new Set(),
    regions: new Set(["eu"]),
    rules: [
      { attribute: "plan", test: { kind: "in", values: new Set(["free"]) }, serve: false },
      { attribute: "plan", test: { kind: "prefix", prefixes: ["p"] }, serve: true },
    ],
  },
];

const RAMPS: readonly Ramp[] = [
  {
    shape: "linear",
    points: [
      { at: 1_790_000_000_000, percentage: 0 },
      { at: 1_790_000_100_000, percentage: 80 },
    ],
  },
  {
    shape: "steps",
    points: [
      { at: 1_790_000_050_000, percentage: 30 },
      { at: 1_790_000_100_000, percentage: 0 },
    ],
  },
];

/** Flags in a random forest: a parent is always declared before its children, so there are no cycles. */
function flagsOf(size: number): fc.Arbitrary<FlagPolicy[]> {
  const one = fc.record({
    setting,
    phase,
    kind: fc.constantFrom("release", "release", "release", "release", "operational", "kill-switch"),
    protected: fc.boolean(),
    under: fc.option(fc.nat()),
    override,
    targeting: fc.constantFrom(null, null, null, ...TARGETINGS),
    ramp: fc.constantFrom(null, null, null, ...RAMPS),
    safeValue: fc.boolean(),
  });
  return fc.array(one, { minLength: size, maxLength: size }).map((drawn) => {
    const flags: FlagPolicy[] = [];
    for (const [index, flag] of drawn.entries()) {
      const release = flag.kind === "release";
      const parents = ["traffic", ...flags.filter(({ kind }) => kind === "release").map(({ key }) => key)];
      flags.push({
        key: `flag_${index}`,
        kind: flag.kind as FlagPolicy["kind"],
        ...flag.setting,
        phase: release ? flag.phase : null,
        risk: null,
        parent: release && flag.under !== null ? (parents[flag.under % parents.length] ?? null) : null,
        protected: release && flag.protected,
        description: "",
        override: flag.override,
        targeting: flag.targeting,
        ramp: flag.ramp,
        safeValue: flag.safeValue,
      });
    }
    return flags;
  });
}

/** Flags, and what turns them down: tiers may name any flags and phases, and cap traffic in any order. */
export function partsOf(size: number) {
  const keys = ["traffic", "unknown", ...Array.from({ length: size }, (_, index) => `flag_${index}`)];
  const some = fc.uniqueArray(fc.constantFrom(...keys), { maxLength: 3 });
  const tier: fc.Arbitrary<Partial<TierPolicy>> = fc.record({
    phases: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
    flags: some,
    trafficCap: fc.option(percentage, { nil: null }),
    killSwitch: fc.boolean(),
    pages: fc.boolean(),
  });
  const triggers = fc.array(fc.record({ tier: tierName, flags: some }), { minLength: 1, maxLength: 6 });
  return fc.record({
    flags: flagsOf(size),
    tiers: fc.record({ flag: tier, stage: tier, phase: tier, "safe-state": tier, emergency: tier }),
    triggers: triggers.map((all) => all.map((trigger, index) => ({ ...trigger, alert: `Alert${index}` }))),
  });
}

/** Any policy at all, sensible or not. */
export const policy: fc.Arbitrary<Policy> = fc
  .tuple(fc.nat({ max: 10 }).chain(partsOf), override)
  .map(([parts, masks]) =>
    policyOf({ ...parts, flags: [{ key: "traffic", override: masks }, ...parts.flags] }),
  );

/** The flags of a policy, each set to anything. */
export function settingsFor({ flags }: Policy): fc.Arbitrary<Map<string, FlagSetting>> {
  return fc
    .array(setting, { minLength: flags.size, maxLength: flags.size })
    .map((drawn) => new Map([...flags.keys()].map((key, index) => [key, drawn[index] as FlagSetting])));
}

/** A policy, and its flags set to anything. */
export const policyAndSettings = policy.chain((policy) =>
  settingsFor(policy).map((settings) => ({ policy, settings })),
);

/** Firing and resolved alerts: triggers mostly, from a handful of fingerprints so that they meet again. */
export const alert: fc.Arbitrary<Alert> = fc
  .record({
    which: fc.nat({ max: 7 }),
    instance: fc.nat({ max: 2 }),
    status: fc.constantFrom("firing", "firing", "resolved"),
    startsAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  })
  .map(({ which, instance, status, startsAt }) => ({
    fingerprint: `${which}-${instance}`,
    name: `Alert${which}`,
    status: status as Alert["status"],
    startsAt,
    application: "shop",
    job: null,
    labels: { alertname: `Alert${which}`, instance: String(instance) },
  }));
