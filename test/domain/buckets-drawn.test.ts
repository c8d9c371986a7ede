import { describe, expect, it } from "@jest/globals";
import { bucketsDrawn } from "../../src/domain/buckets-drawn.ts";
import { compileFlags } from "../../src/domain/evaluate.ts";
import { policyOf } from "../support/policies.ts";

const ramp = {
  shape: "steps",
  points: [
    { at: 0, percentage: 0 },
    { at: 1_000, percentage: 100 },
  ],
} as const;
const targeting = { users: new Set(["ada"]), regions: new Set<string>(), rules: [] };

describe("the buckets that a flag's users are drawn by", () => {
  it.each([
    ["a part of them", { rolloutPercentage: 12.5 }, 1_250],
    ["a part of those whom targeting leaves", { rolloutPercentage: 5, targeting }, 500],
    ["everybody", { rolloutPercentage: 100 }, null],
    ["everybody, but for targeting", { rolloutPercentage: 100, targeting }, null],
    ["nobody", { rolloutPercentage: 0 }, null],
    ["nobody but whom targeting names", { rolloutPercentage: 0, targeting }, null],
    ["nobody, since it is off", { rolloutPercentage: 5, enabled: false }, null],
    ["another part at each moment", { rolloutPercentage: 50, ramp }, null],
    ["everybody, since the environment says so", { rolloutPercentage: 5, override: true }, null],
  ])("are those of %s", (_who, flag, buckets) => {
    const { flags } = policyOf({ flags: [{ key: "search", ...flag }] });
    const compiled = compileFlags(flags, { flags: new Map(), revision: 0 }).flags.get("search");
    if (compiled === undefined) throw new Error("it is not compiled");
    expect(bucketsDrawn(compiled)).toBe(buckets);
  });
});
