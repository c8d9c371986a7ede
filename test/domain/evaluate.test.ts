import { describe, expect, it } from "@jest/globals";
import { bucketOf, saltOf } from "../../src/domain/bucket.ts";
import { TARGETING_KEY_MISSING } from "../../src/domain/evaluate.ts";
import { type FlagPolicies, type FlagPolicy, OFF } from "../../src/domain/flag.ts";
import { ask, flagsOf, type Given, NOW } from "../support/ask-flag.ts";
import { on } from "../support/policies-rollout.ts";

/** Never `DISABLED`: Go's client takes the code's default for it, which may be true. */
const BELOW = { value: false, reason: "STATIC", metadata: { cause: "parent" } };
const KILL: Given = { key: "shutdown", kind: "kill-switch", ...OFF };
const users = (...names: string[]) => ({ users: new Set(names), regions: new Set<string>(), rules: [] });

describe("a flag that is the same for everybody", () => {
  it("is on, off, or neither enabled nor met", () => {
    const flags = flagsOf({ key: "a" }, { key: "b", ...OFF }, { key: "c", rolloutPercentage: 0 });
    const metadata = { revision: 7 };
    expect(ask(flags, "a")).toEqual({ key: "a", value: true, variant: "on", reason: "STATIC", metadata });
    const off = (key: string, cause: string) =>
      ({ key, value: false, variant: "off", reason: "STATIC", metadata: { ...metadata, cause } }) as const;
    expect(ask(flags, "b")).toEqual(off("b", "disabled"));
    expect(ask(flags, "c")).toEqual(off("c", "percentage"));
    expect(ask(flags, "a", { user: undefined })).toMatchObject({ value: true });
  });

  it("is what was stored, rather than the policy's default, and tells of the rollback that it stands in", () => {
    for (const setting of [OFF, on(0)])
      expect(
        ask(flagsOf({ key: "a" }), "a", { stored: { a: { ...setting, quarantinedBy: "rb-1" } } }),
      ).toMatchObject({
        value: false,
        reason: "STATIC",
        metadata: { revision: 7, rollback: "rb-1", cause: "rollback" },
      });
  });

  it("is off below anything that is off, however far up", () => {
    const flags = flagsOf({ key: "a" }, { key: "b", parent: "a" }, { key: "c", parent: "b" });
    expect(ask(flags, "c")).toMatchObject({ value: true });
    for (const setting of [OFF, { enabled: true, rolloutPercentage: 0 }])
      expect(ask(flags, "c", { stored: { a: setting } })).toMatchObject(BELOW);
    expect(ask(flagsOf({ key: "c", parent: "gone" }), "c")).toMatchObject(BELOW);
    const stored = { a: OFF, c: { ...OFF, quarantinedBy: "rb-1" } };
    expect(ask(flags, "c", { stored })).toMatchObject(BELOW);
  });

  it("is on below a parent that some meet: a parent is a switch, not a share", () => {
    const flags = flagsOf({ key: "a", rolloutPercentage: 1 }, { key: "b", parent: "a" });
    expect(ask(flags, "b")).toMatchObject({ value: true, reason: "STATIC" });
  });

  it("is off while the kill switch is on, but for the switch itself and what is protected", () => {
    const flags = flagsOf(
      { key: "a" },
      { key: "otel", protected: true },
      { key: "mode", kind: "operational" },
      KILL,
    );
    const stored = { shutdown: on() };
    const killed = { value: false, reason: "STATIC", metadata: { cause: "kill_switch" } };
    expect(ask(flags, "a", { stored })).toMatchObject(killed);
    expect(ask(flags, "mode", { stored })).toMatchObject(killed);
    expect(ask(flags, "a", { stored: { ...stored, a: { ...OFF, quarantinedBy: "rb-1" } } })).toMatchObject({
      metadata: { cause: "kill_switch", rollback: "rb-1" },
    });
    expect(ask(flags, "otel", { stored })).toMatchObject({ value: true });
    expect(ask(flags, "shutdown", { stored })).toMatchObject({ value: true });
  });
});

describe("an environment override", () => {
  it("outdoes kill switch, parent, targeting and percentage, and says which it is", () => {
    const flags = flagsOf(
      { key: "a", parent: "b", override: true, ...OFF },
      { key: "b", ...OFF },
      { key: "c", override: false, targeting: users("ada") },
      KILL,
    );
    const stored = { shutdown: on() };
    expect(ask(flags, "a", { stored })).toMatchObject({
      value: true,
      reason: "STATIC",
      metadata: { override: "A" },
    });
    expect(ask(flags, "c")).toMatchObject({
      value: false,
      reason: "STATIC",
      metadata: { override: "C", cause: "override" },
    });
  });

  it("is what its children have above them", () => {
    const flags = (override: boolean): FlagPolicies =>
      flagsOf({ key: "a", override, ...(override ? OFF : {}) }, { key: "b", parent: "a" });
    expect(ask(flags(true), "b")).toMatchObject({ value: true });
    expect(ask(flags(false), "b")).toMatchObject({ value: false });
  });

  it("engages the kill switch, or keeps it off", () => {
    expect(ask(flagsOf({ key: "a" }, { ...KILL, override: true }), "a")).toMatchObject({ value: false });
    const flags = flagsOf({ key: "a" }, { ...KILL, override: false });
    expect(ask(flags, "a", { stored: { shutdown: on() } })).toMatchObject({ value: true });
  });
});

describe("a percentage", () => {
  it("gives the same user the same, and needs to know who it is", () => {
    const flags = flagsOf({ key: "a", rolloutPercentage: 33.33 });
    for (let user = 0; user < 200; user++) {
      const isOn = bucketOf(saltOf("a"), `u${user}`) < 3_333;
      expect(ask(flags, "a", { user: `u${user}` })).toMatchObject({ value: isOn, reason: "SPLIT" });
    }
    expect(ask(flags, "a", { user: undefined })).toBe(TARGETING_KEY_MISSING);
  });
});

describe("targeting", () => {
  const flags = flagsOf({
    key: "a",
    rolloutPercentage: 0,
    targeting: {
      users: new Set(["ada"]),
      regions: new Set(["eu"]),
      rules: [{ attribute: "plan", test: { kind: "in", values: new Set(["free"]) }, serve: false }],
    },
  });

  it("is asked before the percentage, users and regions first", () => {
    expect(ask(flags, "a")).toMatchObject({ value: true, reason: "TARGETING_MATCH" });
    expect(ask(flags, "a", { user: "bob" })).toMatchObject({ value: false, reason: "STATIC" });
    expect(ask(flags, "a", { user: undefined, attributes: { region: "eu", plan: "free" } })).toMatchObject({
      value: true,
      reason: "TARGETING_MATCH",
    });
    const everybody = { stored: { a: on() }, user: "bob" };
    expect(ask(flags, "a", everybody)).toMatchObject({ value: true, reason: "STATIC" });
    expect(ask(flags, "a", { ...everybody, attributes: { plan: "free" } })).toMatchObject({
      value: false,
      reason: "TARGETING_MATCH",
    });
  });

  it("reaches nobody when the flag is off", () => {
    expect(ask(flags, "a", { stored: { a: OFF } })).toMatchObject({
      value: false,
      reason: "STATIC",
      metadata: { cause: "disabled" },
    });
  });

  it("opens a flag's children to those whom it fits, and closes them to those whom it excludes", () => {
    const family = flagsOf(
      { ...(flags.get("a") as FlagPolicy) },
      { key: "b", parent: "a" },
      { key: "c", parent: "b", rolloutPercentage: 50 },
    );
    expect(ask(family, "b")).toMatchObject({ value: true, reason: "STATIC" });
    expect(ask(family, "b", { user: "bob" })).toMatchObject(BELOW);
    const stored = { a: on() };
    expect(ask(family, "b", { user: "bob", stored })).toMatchObject({ value: true });
    expect(ask(family, "c", { user: "bob", stored, attributes: { plan: "free" } })).toMatchObject(BELOW);
  });
});

describe("a ramp", () => {
  const ramp = {
    shape: "linear" as const,
    points: [
      { at: NOW, percentage: 0 },
      { at: NOW + 1_000, percentage: 100 },
    ],
  };

  it("moves a flag between two instants, never above its own percentage", () => {
    const flags = flagsOf({ key: "a", ramp });
    expect(ask(flags, "a")).toMatchObject({ value: false, reason: "STATIC" });
    expect(ask(flags, "a", { now: NOW + 1_000 })).toMatchObject({ value: true, reason: "STATIC" });
    const bucket = bucketOf(saltOf("a"), "ada");
    const turns = NOW + Math.floor(bucket / 10) + 1;
    expect(ask(flags, "a", { now: turns - 1 })).toMatchObject({ value: false, reason: "SPLIT" });
    expect(ask(flags, "a", { now: turns })).toMatchObject({ value: true, reason: "SPLIT" });
    const stored = { a: { enabled: true, rolloutPercentage: 0 } };
    expect(ask(flags, "a", { now: NOW + 1_000, stored })).toMatchObject({ value: false });
    expect(ask(flags, "a", { now: NOW + 1_000, stored: { a: OFF } })).toMatchObject({
      metadata: { cause: "disabled" },
    });
  });

  it("opens a flag's children when it begins", () => {
    const flags = flagsOf({ key: "a", ramp }, { key: "b", parent: "a" });
    expect(ask(flags, "b")).toMatchObject(BELOW);
    expect(ask(flags, "b", { now: NOW + 1 })).toMatchObject({ value: true });
  });
});

describe("a flag of which nothing new is known", () => {
  const flags = flagsOf(
    { key: "a" },
    { key: "b", safeValue: true },
    { key: "c", safeValue: true, ...OFF },
    { key: "d", override: true },
  );

  it("is what was last known, and says so", () => {
    expect(ask(flags, "a", { knowledge: "stale" })).toMatchObject({
      value: true,
      reason: "STATIC",
      metadata: { stale: true },
    });
  });

  it("stays on for too long only where that is safe, and never comes back", () => {
    const lost = (key: string) => ask(flags, key, { knowledge: "lost" });
    expect(lost("a")).toMatchObject({
      value: false,
      reason: "UNKNOWN",
      metadata: { stale: true, cause: "unknown" },
    });
    expect(lost("b")).toMatchObject({ value: true, reason: "UNKNOWN" });
    expect(lost("c")).toMatchObject({ value: false, reason: "UNKNOWN", metadata: { cause: "disabled" } });
    expect(lost("d")).toMatchObject({ value: true });
  });
});
