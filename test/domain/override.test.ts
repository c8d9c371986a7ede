import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { exposuresOf, type FlagPolicies, type FlagSetting, settingsOf } from "../../src/domain/flag.ts";
import { overrideVariableOf, withOverrides, withoutOverrides } from "../../src/domain/override.ts";
import { raisedBy } from "../../src/domain/turn-down.ts";
import * as any from "../support/arbitraries.ts";
import { policyOf } from "../support/policies.ts";
import { OFF, on } from "../support/policies-rollout.ts";
import { walks } from "../support/walks.ts";

const shop = policyOf({
  flags: [
    { key: "llm", parent: "traffic" },
    { key: "tools", parent: "llm", rolloutPercentage: 40 },
    { key: "otel", protected: true },
    { key: "read_only", kind: "operational", ...OFF },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
});

function exposures(
  overrides: Record<string, boolean>,
  stored: Record<string, FlagSetting> = {},
): Record<string, number> {
  const { flags } = withOverrides(shop, new Map(Object.entries(overrides)));
  return Object.fromEntries(exposuresOf(flags, settingsOf(flags, new Map(Object.entries(stored)))));
}

describe("an environment override", () => {
  it("is the flag's key in capitals, as a variable may be called", () => {
    expect(overrideVariableOf("phase_4_deployment")).toBe("PHASE_4_DEPLOYMENT");
    expect(overrideVariableOf("new-checkout.v2")).toBe("NEW_CHECKOUT_V2");
  });

  it("comes before the kill switch, the parent and the percentage", () => {
    expect(exposures({ llm: true }, { traffic: OFF, llm: OFF })).toMatchObject({ traffic: 0, llm: 100 });
    expect(exposures({ llm: true }, { shutdown: on() })).toMatchObject({ traffic: 0, llm: 100, tools: 0 });
    expect(exposures({ tools: true })).toMatchObject({ tools: 100 });
    expect(exposures({ otel: false })).toMatchObject({ otel: 0 });
    expect(exposures({ read_only: true })).toMatchObject({ read_only: 100 });
  });

  it("is what the flags below meet as their parent", () => {
    expect(exposures({ llm: false })).toMatchObject({ traffic: 100, llm: 0, tools: 0 });
    expect(exposures({ llm: true }, { traffic: OFF })).toMatchObject({ traffic: 0, llm: 100, tools: 40 });
  });

  it("engages the kill switch, or holds it off", () => {
    const engaged = { traffic: 0, llm: 0, tools: 0, otel: 100, shutdown: 100 };
    expect(exposures({ shutdown: true })).toMatchObject(engaged);
    expect(exposures({ shutdown: true, llm: true })).toMatchObject({ ...engaged, llm: 100 });
    expect(exposures({ shutdown: false }, { shutdown: on() })).toMatchObject({ traffic: 100, shutdown: 0 });
  });

  it("is forgotten with the next ones", () => {
    const once = withOverrides(shop, new Map([["llm", true]]));
    expect(withOverrides(once, new Map())).toEqual(shop);
    expect(withoutOverrides(once.flags)).toEqual(shop.flags);
    expect(shop.flags.get("llm")?.override).toBeNull();
  });

  it("does not hide what would be raised as soon as it goes", () => {
    const masked = withOverrides(shop, new Map([["traffic", false]]));
    const settings = settingsOf(shop.flags, new Map([["traffic", OFF]]));
    const raise = [{ flag: "traffic", before: OFF, after: on() }];
    expect(raisedBy(raise, settings, masked)).toEqual(["traffic", "llm", "tools"]);
    // And one above it that keeps everything up shows what its going would hide.
    const kept = withOverrides(shop, new Map([["traffic", true]]));
    const both = settingsOf(
      shop.flags,
      new Map([
        ["traffic", OFF],
        ["llm", OFF],
      ]),
    );
    expect(raisedBy([{ flag: "llm", before: OFF, after: on() }], both, kept)).toEqual(["llm", "tools"]);
  });
});

describe("overrides, for any policy and any settings", () => {
  const world = any.policy.chain((policy) =>
    fc.record({ policy: fc.constant(policy), settings: any.settingsFor(policy) }),
  );

  it("are met as they say, whatever else is said", () => {
    fc.assert(
      fc.property(world, ({ policy: { flags }, settings }) => {
        const all = exposuresOf(flags, settings);
        for (const { key, override } of flags.values())
          if (override !== null) expect(all.get(key)).toBe(override ? 100 : 0);
      }),
      walks(100),
    );
  });

  it("count for others as a setting would: a parent that is on or off for everybody, a kill switch", () => {
    fc.assert(
      fc.property(world, ({ policy: { flags }, settings }) => {
        const all = exposuresOf(flags, settings);
        const same = exposuresOf(asRoots(flags), asSettings(flags, settings));
        for (const { key, override } of flags.values())
          if (override === null) expect([key, all.get(key)]).toEqual([key, same.get(key)]);
      }),
      walks(100),
    );
  });
});

/** A flag that is overridden, as one without a parent that no kill switch turns off. */
function asRoots(flags: FlagPolicies): FlagPolicies {
  return new Map(
    [...flags].map(([key, flag]) =>
      flag.override === null
        ? [key, flag]
        : [key, { ...flag, parent: null, protected: true, override: null }],
    ),
  );
}

function asSettings(flags: FlagPolicies, settings: ReadonlyMap<string, FlagSetting>) {
  return new Map(
    [...settings].map(([key, setting]) => {
      const override = flags.get(key)?.override ?? null;
      return [key, override === null ? setting : override ? on() : OFF];
    }),
  );
}
