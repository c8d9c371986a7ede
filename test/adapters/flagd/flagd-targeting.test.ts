import { expect, it } from "@jest/globals";
import { FlagdCore, MemoryStorage } from "@openfeature/flagd-core";
import { flagdDocument } from "../../../src/adapters/flagd/flagd-document.ts";
import { describeApplication } from "../../../src/app/describe-application.ts";
import { parseSemVer, type SemVer } from "../../../src/domain/semver.ts";
import { emptyState } from "../../../src/domain/state.ts";
import type { Attributes, Targeting } from "../../../src/domain/targeting.ts";
import { ask } from "../../support/ask-flag.ts";
import { policyOf } from "../../support/policies.ts";
import { OFF } from "../../support/policies-rollout.ts";

const targeting: Targeting = {
  users: new Set(["ada"]),
  regions: new Set(["eu"]),
  rules: [
    { attribute: "plan", test: { kind: "in", values: new Set(["free", 7]) }, serve: false },
    { attribute: "country", test: { kind: "notIn", values: new Set(["CN"]) }, serve: true },
    { attribute: "email", test: { kind: "prefix", prefixes: ["ops-", "sre-"] }, serve: true },
    {
      attribute: "version",
      test: { kind: "semverAtLeast", version: parseSemVer("2.3.0-rc.1") as SemVer },
      serve: true,
    },
  ],
};

const policy = policyOf({
  flags: [
    { key: "all", targeting },
    { key: "few", targeting, rolloutPercentage: 0.01 },
    { key: "off", targeting, ...OFF },
    { key: "forced", targeting, override: false },
  ],
});

const QUIET = { error() {}, warn() {}, info() {}, debug() {} };

it("what is exported targets the same people in flagd", () => {
  const { application, revision, flags } = describeApplication(policy, emptyState(), 0);
  const storage = new MemoryStorage(QUIET);
  const core = new FlagdCore(storage, QUIET);
  storage.setConfigurations(JSON.stringify(flagdDocument(application, revision, flags)), true);
  const people: readonly (readonly [user: string, attributes: Attributes])[] = [
    ["ada", { plan: "free" }],
    ["bob", { region: "eu", plan: 7 }],
    ["bob", { plan: "free", country: "DE" }],
    ["bob", { plan: 7 }],
    ["bob", { country: "DE" }],
    ["bob", { country: "CN" }],
    ["bob", { email: "sre-1" }],
    ["bob", { email: "dev-1" }],
    ["bob", { version: "2.3.0" }],
    ["bob", { version: "2.2.9" }],
    ["bob", {}],
  ];
  for (const key of policy.flags.keys())
    for (const [user, attributes] of people) {
      const ours = ask(policy.flags, key, { user, attributes });
      const theirs = core.resolveBooleanEvaluation(
        key,
        false,
        { targetingKey: user, ...attributes } as never,
        QUIET,
      );
      expect([key, user, attributes, theirs.value, theirs.errorCode]).toEqual([
        key,
        user,
        attributes,
        typeof ours === "object" && ours.value,
        undefined,
      ]);
    }
});
