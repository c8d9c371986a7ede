import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bucketOf, bucketsOn, saltOf } from "../../src/domain/bucket.ts";
import { TARGETING_KEY_MISSING } from "../../src/domain/evaluate.ts";
import { exposuresOf, type FlagPolicies, type FlagPolicy, type FlagSetting } from "../../src/domain/flag.ts";
import { planTier } from "../../src/domain/plan-tier.ts";
import { rampAt } from "../../src/domain/ramp.ts";
import { rampedSettings } from "../../src/domain/ramped-settings.ts";
import { type Attributes, targetedValue } from "../../src/domain/targeting.ts";
import * as any from "../support/arbitraries.ts";
import { type Asked, ask, flagsOf, NOW } from "../support/ask-flag.ts";
import { walks } from "../support/walks.ts";

const asked = fc.record({
  user: fc.constantFrom("ada", "bob", "user-3", "吉", undefined),
  attributes: fc.constantFrom<Attributes[]>(
    {},
    { region: "eu" },
    { plan: "free" },
    { plan: "pro", region: "us" },
  ),
  now: fc.constantFrom(NOW - 1, NOW, NOW + 50_000, NOW + 99_999, NOW + 1e9),
});

/** As domain.md says it, flag by flag, without anything found out beforehand. */
function reference(
  key: string,
  flags: FlagPolicies,
  settings: ReadonlyMap<string, FlagSetting>,
  about: Asked,
) {
  const { user, attributes = {}, now = NOW } = about;
  const kill = [...flags.values()].find(({ kind }) => kind === "kill-switch");
  const killed = kill !== undefined && (kill.override ?? settings.get(kill.key)?.enabled);
  const percentage = ({ key, ramp }: FlagPolicy): number =>
    Math.min(settings.get(key)?.rolloutPercentage ?? 0, ramp === null ? 100 : rampAt(ramp, now));
  const isOpen = (flag: FlagPolicy | undefined): boolean => {
    if (flag === undefined) return false;
    if (flag.override !== null) return flag.override;
    if (killed && flag.kind !== "kill-switch" && !flag.protected) return false;
    if (!settings.get(flag.key)?.enabled) return false;
    if (flag.parent !== null && !isOpen(flags.get(flag.parent))) return false;
    const targeted = flag.targeting && targetedValue(flag.targeting, user, attributes);
    return targeted ?? percentage(flag) > 0;
  };
  const flag = flags.get(key) as FlagPolicy;
  if (flag.override !== null || !isOpen(flag)) return isOpen(flag);
  if (flag.targeting && targetedValue(flag.targeting, user, attributes)) return true;
  const buckets = bucketsOn(percentage(flag));
  if (user === undefined && buckets < 10_000) return TARGETING_KEY_MISSING;
  return bucketOf(saltOf(key), user ?? "") < buckets;
}

describe("evaluation, for any policy, state, user and time", () => {
  it("is what domain.md says", () => {
    fc.assert(
      fc.property(any.policyAndSettings, asked, ({ policy, settings }, about) => {
        const { flags } = policy;
        const stored = Object.fromEntries(settings);
        for (const key of flags.keys()) {
          const result = ask(flags, key, { ...about, stored });
          const value = typeof result === "string" ? result : result.value;
          expect(value).toBe(reference(key, flags, settings, about));
        }
      }),
      walks(2_000),
    );
  });

  it("reaches nobody where the exposure is 0 and nobody is targeted, and everybody where it is 100", () => {
    fc.assert(
      fc.property(any.policyAndSettings, asked, ({ policy, settings }, about) => {
        const flags = new Map([...policy.flags].map(([key, flag]) => [key, { ...flag, targeting: null }]));
        const exposures = exposuresOf(flags, rampedSettings(flags, settings, about.now));
        const stored = Object.fromEntries(settings);
        for (const [key, exposure] of exposures) {
          const result = ask(flags, key, { ...about, stored });
          if (exposure === 0 || exposure === 100) expect(result).toMatchObject({ value: exposure === 100 });
        }
      }),
      walks(2_000),
    );
  });

  it("turns nothing on for anybody when a tier is done", () => {
    fc.assert(
      fc.property(any.policyAndSettings, any.tierName, asked, ({ policy, settings }, tier, about) => {
        const { flags } = policy;
        const changes = planTier({ tier, flags: [], snapshot: null }, settings, policy);
        const after = new Map([...settings, ...changes.map(({ flag, after }) => [flag, after] as const)]);
        const user = about.user ?? "somebody";
        for (const [key, { kind }] of flags) {
          const was = ask(flags, key, { ...about, user, stored: Object.fromEntries(settings) });
          const is = ask(flags, key, { ...about, user, stored: Object.fromEntries(after) });
          const rises = typeof was === "object" && typeof is === "object" && is.value && !was.value;
          expect(rises && kind !== "kill-switch").toBe(false);
        }
      }),
      walks(2_000),
    );
  });

  it("is bounded for ten thousand flags below each other", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      key: `f${index}`,
      parent: index === 0 ? null : `f${index - 1}`,
    }));
    const flags = flagsOf(...many.reverse());
    expect(ask(flags, "f9999")).toMatchObject({ value: true });
  });
});
