import { describe, expect, it } from "@jest/globals";
import { parseSemVer, type SemVer } from "../../src/domain/semver.ts";
import {
  type Attributes,
  type AttributeTest,
  type Targeting,
  targetedValue,
} from "../../src/domain/targeting.ts";

function by(test: AttributeTest, attribute = "a"): Targeting {
  return { users: new Set(), regions: new Set(), rules: [{ attribute, test, serve: true }] };
}

const fits = (test: AttributeTest, attributes: Attributes): boolean | null =>
  targetedValue(by(test), undefined, attributes);

describe("a rule", () => {
  it("tells values apart by their kind", () => {
    const test: AttributeTest = { kind: "in", values: new Set(["1", 2, true]) };
    for (const value of ["1", 2, true]) expect(fits(test, { a: value })).toBe(true);
    for (const value of [1, "2", "true", null, undefined, [1], { x: 1 }, "one"])
      expect(fits(test, { a: value })).toBeNull();
  });

  it("does not fit what is not said, not even by what it is not", () => {
    const test: AttributeTest = { kind: "notIn", values: new Set(["CN"]) };
    expect(fits(test, { a: "DE" })).toBe(true);
    expect(fits(test, { a: "CN" })).toBeNull();
    expect(fits(test, {})).toBeNull();
    expect(fits(test, { a: null })).toBeNull();
    expect(fits(test, { a: ["DE"] })).toBeNull();
  });

  it("fits beginnings of texts", () => {
    const test: AttributeTest = { kind: "prefix", prefixes: ["ops-", "sre-"] };
    expect(fits(test, { a: "sre-1" })).toBe(true);
    expect(fits(test, { a: "dev-1" })).toBeNull();
    expect(fits(test, { a: 7 })).toBeNull();
  });

  it("fits versions from one on", () => {
    const test: AttributeTest = { kind: "semverAtLeast", version: parseSemVer("2.3.0") as SemVer };
    expect(fits(test, { a: "2.3.0" })).toBe(true);
    expect(fits(test, { a: "10.0.0" })).toBe(true);
    expect(fits(test, { a: "2.3.0-rc.1" })).toBeNull();
    expect(fits(test, { a: "latest" })).toBeNull();
    expect(fits(test, { a: 3 })).toBeNull();
  });

  it("reads what the context itself has, whatever objects inherit", () => {
    const test: AttributeTest = { kind: "notIn", values: new Set(["x"]) };
    expect(targetedValue(by(test, "toString"), undefined, {})).toBeNull();
    expect(targetedValue(by(test, "__proto__"), undefined, JSON.parse('{"__proto__": "y"}'))).toBe(true);
    const region: Targeting = { users: new Set(), regions: new Set(["eu"]), rules: [] };
    expect(targetedValue(region, "ada", Object.create({ region: "eu" }))).toBeNull();
    expect(targetedValue(region, "ada", { region: ["eu"] })).toBeNull();
  });

  it("is the first that fits", () => {
    const targeting: Targeting = {
      users: new Set(["ada"]),
      regions: new Set(["eu"]),
      rules: [
        { attribute: "plan", test: { kind: "in", values: new Set(["free"]) }, serve: false },
        { attribute: "plan", test: { kind: "prefix", prefixes: ["f"] }, serve: true },
      ],
    };
    expect(targetedValue(targeting, "ada", { plan: "free" })).toBe(true);
    expect(targetedValue(targeting, "bob", { plan: "free", region: "eu" })).toBe(true);
    expect(targetedValue(targeting, "bob", { plan: "free" })).toBe(false);
    expect(targetedValue(targeting, "bob", { plan: "full" })).toBe(true);
    expect(targetedValue(targeting, "bob", { plan: "pro" })).toBeNull();
  });
});
