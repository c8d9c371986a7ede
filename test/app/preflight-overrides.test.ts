import { describe, expect, test } from "@jest/globals";
import { checkOverrides } from "../../src/app/preflight/overrides-check.ts";
import { withOverrides } from "../../src/domain/override.ts";
import { policyOf } from "../support/policies.ts";
import { OFF } from "../support/policies-rollout.ts";

const shop = policyOf({
  flags: [
    { key: "platform" },
    { key: "traffic", parent: "platform", ...OFF },
    { key: "cache" },
    { key: "read_only", kind: "operational" },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
});

const checkWith = (overrides: Record<string, boolean>) =>
  checkOverrides(withOverrides(shop, new Map(Object.entries(overrides))));

describe("preflight and environment overrides", () => {
  test("has nothing to say where no rollout is concerned", () => {
    expect(checkWith({})).toMatchObject({ name: "policy", status: "pass" });
    expect(checkWith({ read_only: true })).toMatchObject({ status: "pass" });
  });

  test("warns of each that a rollout cannot move", () => {
    expect(checkWith({ cache: false, platform: true, shutdown: false })).toEqual({
      name: "policy",
      status: "warn",
      detail:
        "3 environment overrides in force, which no rollout or rollback moves: platform on (PLATFORM), cache off (CACHE), shutdown off (SHUTDOWN)",
      fix: "unset PLATFORM, CACHE, SHUTDOWN in Rollguard's environment, and restart it",
    });
  });

  test.each([
    [{ traffic: true, cache: true }, "100", "traffic on (TRAFFIC)", "TRAFFIC"],
    [{ traffic: false }, "0", "traffic off (TRAFFIC)", "TRAFFIC"],
    [{ platform: false, cache: true }, "0", "platform off (PLATFORM)", "PLATFORM"],
    [{ shutdown: true }, "0", "shutdown on (SHUTDOWN)", "SHUTDOWN"],
  ])("fails where they hold traffic: %j", (overrides, share, holding, variable) => {
    expect(checkWith(overrides)).toEqual({
      name: "policy",
      status: "fail",
      detail: `traffic stays at ${share} % whatever a rollout sets, because of ${holding}`,
      fix: `unset ${variable} in Rollguard's environment, and restart it`,
    });
  });
});
