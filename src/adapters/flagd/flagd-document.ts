import type { FlagView } from "../../app/describe-application.ts";

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
  readonly targeting?: { readonly fractional: readonly (readonly ["on" | "off", number])[] };
}

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
    flags: Object.fromEntries(flags.map(({ key, exposure }) => [key, flagdFlag(exposure)])),
  };
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
