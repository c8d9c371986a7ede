import { describe, expect, it } from "@jest/globals";
import type { FlagPolicy } from "../../src/domain/flag.ts";
import { policyOf } from "../support/policies.ts";
import { OFF } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

function shopWith(overrides: Readonly<Record<string, boolean>>): RolloutSimulator {
  const flags: (Partial<FlagPolicy> & { key: string })[] = [
    { key: "cache", ...OFF },
    { key: "warm", parent: "cache" },
    { key: "hot", parent: "warm", ...OFF },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ];
  const policy = policyOf({
    flags: flags.map((flag) => ({ ...flag, override: overrides[flag.key] ?? null })),
  });
  return new RolloutSimulator({ policy });
}

const stays = (key: string, state: string): string =>
  `the environment override keeps ${key} ${state} for everybody: unset ${key.toUpperCase()} and restart Rollguard`;

describe("a flag that is set behind an override", () => {
  it("is set, and the override that outdoes it is told, also in the ledger", () => {
    const decision = shopWith({ cache: true }).sets({ cache: 30 });
    const warning = stays("cache", "on");
    expect(decision).toMatchObject({
      detail: "cache set to 30 % by mia: try it",
      warning,
      events: [{ detail: `cache set to 30 % by mia: try it; but ${warning}` }],
    });
  });

  it("stays off where its override says so", () => {
    expect(shopWith({ cache: false }).sets({ cache: true })).toMatchObject({
      detail: "cache set to 100 % by mia: try it",
      warning: stays("cache", "off"),
    });
  });

  it("is told too where nothing has to be changed", () => {
    expect(shopWith({ cache: true }).sets({ cache: false })).toMatchObject({
      detail: "cache stands so already",
      warning: stays("cache", "on"),
      events: [],
    });
  });

  it("is told of no override that says the same, nor of one that is none of its business", () => {
    expect(shopWith({ cache: true }).sets({ cache: true })).not.toHaveProperty("warning");
    expect(shopWith({ cache: false }).sets({ cache: false })).not.toHaveProperty("warning");
    expect(shopWith({ cache: true, hot: false }).sets({ traffic: 5 })).not.toHaveProperty("warning");
    expect(shopWith({ shutdown: true }).sets({ shutdown: false })).not.toHaveProperty("warning");
  });

  it("is told of what stays on below one that goes off, and of both ways at once", () => {
    const app = shopWith({ warm: true, hot: false });
    app.sets({ cache: true });
    expect(app.sets({ cache: false, hot: true }).warning).toBe(stays("warm", "on"));
    expect(shopWith({ warm: true, hot: false }).sets({ cache: true, warm: false, hot: true }).warning).toBe(
      stays("warm", "on"),
    );
    expect(shopWith({ warm: true, hot: false }).sets({ cache: true, warm: 10, hot: true }).warning).toBe(
      `${stays("warm", "on")}; ${stays("hot", "off")}`,
    );
  });
});

describe("what is hidden", () => {
  it("by an override above it is told with the variable", () => {
    expect(shopWith({ cache: false }).sets({ hot: 5 }).detail).toMatch(
      /; nobody meets yet: hot \(CACHE keeps cache off\)$/,
    );
  });

  it("by the nearest line of flags that are off is told by the highest of them", () => {
    expect(shopWith({}).sets({ hot: 5 }).detail).toMatch(/ hot \(cache is off\)$/);
    const app = shopWith({ cache: true });
    app.sets({ warm: false });
    expect(app.sets({ hot: 5 }).detail).toMatch(/ hot \(warm is off\)$/);
  });

  it("is counted where it is too much to be read", () => {
    const flags = Array.from({ length: 12 }, (_, index) => ({ key: `f${index}`, parent: "cache", ...OFF }));
    const app = new RolloutSimulator({ policy: policyOf({ flags: [{ key: "cache", ...OFF }, ...flags] }) });
    expect(app.sets(Object.fromEntries(flags.map(({ key }) => [key, 1]))).detail).toMatch(
      /f8 \(cache is off\), f9 \(cache is off\) and 2 more$/,
    );
  });
});
