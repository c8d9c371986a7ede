import type { FlagView } from "../../app/describe-application.ts";
import type { RuleView } from "../../app/describe-targeting.ts";
import { splitOf } from "./split.ts";

/** flagd's flag definitions, as far as booleans need them: https://flagd.dev/reference/flag-definitions/ */
export interface FlagdDocument {
  readonly $schema: string;
  readonly metadata: { readonly flagSetId: string; readonly version: string };
  readonly flags: Readonly<Record<string, FlagdFlag>>;
}

interface FlagdFlag {
  readonly state: "ENABLED";
  readonly variants: { readonly on: true; readonly off: false };
  readonly defaultVariant: "on" | "off";
  readonly targeting?: JsonLogic;
}

/** https://jsonlogic.com, with flagd's own operations. */
type JsonLogic = Readonly<Record<string, unknown>>;

const SCHEMA = "https://flagd.dev/schema/v0/flags.json";
/**
 * Never `DISABLED`: of those flagd says nothing, and the default in the application's code decides, which may be true.
 * A flag that is off has to be off.
 */
const ALWAYS = { state: "ENABLED", variants: { on: true, off: false } } as const;
const NOBODY = { users: [], regions: [], rules: [] } as const;

/** An application's flags as people meet them now: what parents, the kill switch and overrides do is done already. */
export function flagdDocument(
  application: string,
  revision: number,
  flags: readonly FlagView[],
): FlagdDocument {
  return {
    $schema: SCHEMA,
    metadata: { flagSetId: application, version: String(revision) },
    // A key such as `__proto__` becomes a member like any other.
    flags: Object.fromEntries(flags.map((flag) => [flag.key, flagdFlag(flag)])),
  };
}

/** With the flag's own targeting before its share. A flag that is off, or overridden, is so for everybody. */
function flagdFlag({ targeting, exposure, override }: FlagView): FlagdFlag {
  const { users, regions, rules } = targeting ?? NOBODY;
  const cases: readonly (readonly [JsonLogic, "on" | "off"])[] = [
    ...(users.length === 0 ? [] : [[{ in: [{ var: "targetingKey" }, users] }, "on"] as const]),
    ...(regions.length === 0 ? [] : [[{ in: [{ var: "region" }, regions] }, "on"] as const]),
    ...rules.map((rule) => [conditionOf(rule), rule.serve] as const),
  ];
  const isTargeted = cases.length > 0 && exposure > 0 && override === undefined;
  const isSplit = exposure > 0 && exposure < 100;
  const defaultVariant = exposure >= 100 ? "on" : "off";
  if (!isTargeted && !isSplit) return { ...ALWAYS, defaultVariant };
  const otherwise = isSplit ? splitOf(exposure) : [defaultVariant];
  return {
    ...ALWAYS,
    defaultVariant,
    targeting: { if: [...(isTargeted ? cases.flat() : []), ...otherwise] },
  };
}

function conditionOf({ attribute, in: within, notIn, prefix, semverAtLeast }: RuleView): JsonLogic {
  const value = { var: attribute };
  if (within !== undefined) return { in: [value, within] };
  // What is not said fits nothing, not even by what it is not.
  if (notIn !== undefined) return { and: [{ "!==": [value, null] }, { "!": [{ in: [value, notIn] }] }] };
  if (prefix !== undefined) return { or: prefix.map((beginning) => ({ starts_with: [value, beginning] })) };
  return { sem_ver: [value, ">=", semverAtLeast] };
}
