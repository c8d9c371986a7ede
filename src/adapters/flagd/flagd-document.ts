import type { FlagView } from "../../app/describe-application.ts";
import type { RuleView } from "../../app/describe-targeting.ts";

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
const VARIANTS = { on: true, off: false } as const;

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
    flags: Object.fromEntries(flags.map((flag) => [flag.key, targeted(flagdFlag(flag.exposure), flag)])),
  };
}

/** With the flag's own targeting before its share. A flag that is off, or overridden, is so for everybody. */
function targeted(flag: FlagdFlag, { targeting, exposure, override }: FlagView): FlagdFlag {
  if (targeting === undefined || exposure <= 0 || override !== undefined) return flag;
  const { users, regions, rules } = targeting;
  const cases: readonly (readonly [JsonLogic, "on" | "off"])[] = [
    ...(users.length === 0 ? [] : [[{ in: [{ var: "targetingKey" }, users] }, "on"] as const]),
    ...(regions.length === 0 ? [] : [[{ in: [{ var: "region" }, regions] }, "on"] as const]),
    ...rules.map((rule) => [conditionOf(rule), rule.serve] as const),
  ];
  return { ...flag, targeting: { if: [...cases.flat(), flag.targeting ?? flag.defaultVariant] } };
}

function conditionOf({ attribute, in: within, notIn, prefix, semverAtLeast }: RuleView): JsonLogic {
  const value = { var: attribute };
  if (within !== undefined) return { in: [value, within] };
  // What is not said fits nothing, not even by what it is not.
  if (notIn !== undefined) return { and: [{ "!==": [value, null] }, { "!": [{ in: [value, notIn] }] }] };
  if (prefix !== undefined) return { or: prefix.map((beginning) => ({ starts_with: [value, beginning] })) };
  return { sem_ver: [value, ">=", semverAtLeast] };
}

/**
 * Never `DISABLED`: of those flagd says nothing, and the default in the application's code decides, which may be true.
 * A flag that is off has to be off.
 */
function flagdFlag(exposure: number): FlagdFlag {
  const always = { state: "ENABLED", variants: VARIANTS } as const;
  if (exposure <= 0) return { ...always, defaultVariant: "off" };
  if (exposure >= 100) return { ...always, defaultVariant: "on" };
  // Weights are whole numbers. Without something of its own to split by, flagd takes the flag's key and the targeting
  // key, and gives whoever has none the default.
  const whole = Number.isInteger(exposure) ? 100 : 10_000;
  const on = Math.round((exposure * whole) / 100);
  return {
    ...always,
    defaultVariant: "off",
    targeting: {
      fractional: [
        ["on", on],
        ["off", whole - on],
      ],
    },
  };
}
