import { describe, expect, it } from "@jest/globals";
import { exposureOf, type FlagSetting, settingsOf } from "../../src/domain/flag.ts";
import { policyOf } from "../support/policies.ts";

const { flags } = policyOf({
  flags: [
    { key: "llm", parent: "traffic" },
    { key: "tools", parent: "llm", rolloutPercentage: 40 },
    { key: "otel", protected: true },
    { key: "read_only", kind: "operational" },
    { key: "shutdown", kind: "kill-switch", enabled: false },
  ],
});

function exposures(stored: Record<string, FlagSetting> = {}): Record<string, number> {
  const settings = settingsOf(flags, new Map(Object.entries(stored)));
  return Object.fromEntries([...flags.keys()].map((key) => [key, exposureOf(key, flags, settings)]));
}

describe("exposure", () => {
  it("is the percentage of a flag that is on", () => {
    expect(exposures()).toEqual({
      traffic: 100,
      llm: 100,
      tools: 40,
      otel: 100,
      read_only: 100,
      shutdown: 0,
    });
  });

  it("is 0 below an ancestor that is off, or that reaches nobody", () => {
    expect(exposures({ traffic: { enabled: false, rolloutPercentage: 100 } })).toMatchObject({
      llm: 0,
      tools: 0,
    });
    expect(exposures({ traffic: { enabled: true, rolloutPercentage: 0 } })).toMatchObject({
      llm: 0,
      tools: 0,
    });
  });

  it("is 0 under the kill switch, but for protected flags and the switch itself", () => {
    expect(exposures({ shutdown: { enabled: true, rolloutPercentage: 100 } })).toEqual({
      traffic: 0,
      llm: 0,
      tools: 0,
      otel: 100,
      read_only: 0,
      shutdown: 100,
    });
  });

  it("does not depend on the order in which flags were declared, nor on how deep they nest", () => {
    const depth = 20_000;
    const chain = Array.from({ length: depth }, (_, index) => ({
      key: `f${index}`,
      parent: `f${index + 1}`,
    }));
    const { flags: deep } = policyOf({ flags: [...chain, { key: `f${depth}` }] });
    const of = (stored: Map<string, FlagSetting>): number => exposureOf("f0", deep, settingsOf(deep, stored));
    expect(of(new Map())).toBe(100);
    expect(of(new Map([[`f${depth}`, { enabled: false, rolloutPercentage: 100 }]]))).toBe(0);
  });

  it("is 0 below a parent that is not there", () => {
    const { flags: orphaned } = policyOf({ flags: [{ key: "orphan", parent: "nobody" }] });
    expect(exposureOf("orphan", orphaned, settingsOf(orphaned, new Map()))).toBe(0);
  });

  it("is 0 of a flag that is not there", () => {
    expect(exposureOf("nothing", flags, settingsOf(flags, new Map()))).toBe(0);
    expect(exposureOf("traffic", policyOf({}).flags, new Map())).toBe(0);
  });

  it("is not touched by a kill switch that the policy has none of", () => {
    const { flags: bare } = policyOf({});
    expect(exposureOf("traffic", bare, settingsOf(bare, new Map()))).toBe(100);
  });
});

describe("settings", () => {
  it("are what was stored, else the policy's, and nothing that the policy dropped", () => {
    const stored = new Map([
      ["llm", { enabled: false, rolloutPercentage: 0 }],
      ["dropped", { enabled: true, rolloutPercentage: 100 }],
    ]);
    const settings = settingsOf(flags, stored);
    expect(settings.get("llm")).toEqual({ enabled: false, rolloutPercentage: 0 });
    expect(settings.get("tools")).toEqual({ enabled: true, rolloutPercentage: 40 });
    expect(settings.has("dropped")).toBe(false);
  });
});
