import type { SemVer } from "../domain/semver.ts";
import type { Targeting, TargetingRule } from "../domain/targeting.ts";

/** Targeting as the policy file writes it. */
export interface TargetingView {
  readonly users: readonly string[];
  readonly regions: readonly string[];
  readonly rules: readonly RuleView[];
}

export interface RuleView {
  readonly attribute: string;
  readonly in?: readonly (string | number | boolean)[];
  readonly notIn?: readonly (string | number | boolean)[];
  readonly prefix?: readonly string[];
  readonly semverAtLeast?: string;
  readonly serve: "on" | "off";
}

export function describeTargeting({ users, regions, rules }: Targeting): TargetingView {
  return { users: [...users], regions: [...regions], rules: rules.map(describeRule) };
}

function describeRule({ attribute, test, serve }: TargetingRule): RuleView {
  const rule = { attribute, serve: serve ? "on" : "off" } as const;
  switch (test.kind) {
    case "in":
      return { ...rule, in: [...test.values] };
    case "notIn":
      return { ...rule, notIn: [...test.values] };
    case "prefix":
      return { ...rule, prefix: test.prefixes };
    case "semverAtLeast":
      return { ...rule, semverAtLeast: versionOf(test.version) };
  }
}

function versionOf({ numbers, pre }: SemVer): string {
  return `${numbers.join(".")}${pre.length === 0 ? "" : `-${pre.join(".")}`}`;
}
