import { compareSemVer, parseSemVer, type SemVer } from "./semver.ts";

/** Who meets a flag whatever its percentage is: the first that fits decides, users before regions before rules. */
export interface Targeting {
  /** Targeting keys. */
  readonly users: ReadonlySet<string>;
  /** Values of the attribute `region`. */
  readonly regions: ReadonlySet<string>;
  readonly rules: readonly TargetingRule[];
}

export interface TargetingRule {
  /** Of the evaluation context. Without it the rule does not fit. */
  readonly attribute: string;
  readonly test: AttributeTest;
  /** What those get whom it fits. */
  readonly serve: boolean;
}

export type AttributeValue = string | number | boolean;

export type AttributeTest =
  | { readonly kind: "in" | "notIn"; readonly values: ReadonlySet<AttributeValue> }
  | { readonly kind: "prefix"; readonly prefixes: readonly string[] }
  | { readonly kind: "semverAtLeast"; readonly version: SemVer };

/** What an application says of the user. Names are outside text: own members only are read. */
export type Attributes = Readonly<Record<string, unknown>>;

/** @returns null when nothing of it fits: the percentage decides then */
export function targetedValue(
  { users, regions, rules }: Targeting,
  targetingKey: string | undefined,
  attributes: Attributes,
): boolean | null {
  if (targetingKey !== undefined && users.has(targetingKey)) return true;
  if (regions.size > 0 && fitsRegion(regions, attributes)) return true;
  for (const { attribute, test, serve } of rules)
    if (Object.hasOwn(attributes, attribute) && fits(test, attributes[attribute])) return serve;
  return null;
}

function fitsRegion(regions: ReadonlySet<string>, attributes: Attributes): boolean {
  if (!Object.hasOwn(attributes, "region")) return false;
  const { region } = attributes;
  return typeof region === "string" && regions.has(region);
}

/** A value of another kind than asked for does not fit, not even `notIn`. */
function fits(test: AttributeTest, value: unknown): boolean {
  switch (test.kind) {
    case "in":
      return isAttributeValue(value) && test.values.has(value);
    case "notIn":
      return isAttributeValue(value) && !test.values.has(value);
    case "prefix":
      return typeof value === "string" && test.prefixes.some((prefix) => value.startsWith(prefix));
    case "semverAtLeast":
      return isAtLeast(value, test.version);
  }
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isAtLeast(value: unknown, least: SemVer): boolean {
  const version = typeof value === "string" ? parseSemVer(value) : undefined;
  return version !== undefined && compareSemVer(version, least) >= 0;
}
