import { z } from "zod";
import { type FlagdProblem, shareOfSplit } from "./fractional.ts";
import { fractionalIn } from "./split.ts";

/** A flag as a file says it; one that is off says no percentage. */
export type FlagdSetting =
  | { readonly enabled: true; readonly rolloutPercentage: number }
  | { readonly enabled: false };

export interface FlagdFlags {
  readonly flags: ReadonlyMap<string, FlagdSetting>;
  /** Whatever is no flag that is on, off, or on for a percentage, with its place. */
  readonly problems: readonly FlagdProblem[];
}

const flag = z.object(
  {
    state: z.enum(["ENABLED", "DISABLED"], 'expected "ENABLED" or "DISABLED"'),
    variants: z.record(
      z.string(),
      z.boolean("expected true or false: only flags of booleans are read"),
      "expected variants, such as { on: true, off: false }",
    ),
    defaultVariant: z.string("expected the name of a variant").nullish(),
    targeting: z.record(z.string(), z.unknown(), "expected a rule").nullish(),
  },
  "expected a flag",
);

type Flag = z.output<typeof flag>;

/** Reads flagd's flag definitions, as far as this application's flags can be like that. */
export function readFlagd(value: unknown): FlagdFlags {
  const definitions = isMapping(value) ? value.flags : undefined;
  if (!isMapping(definitions)) {
    const message = Array.isArray(definitions)
      ? "a list of flags is not read: write a mapping from key to flag"
      : "expected flagd's flag definitions: a mapping from key to flag";
    return { flags: new Map(), problems: [{ path: ["flags"], message }] };
  }
  const flags = new Map<string, FlagdSetting>();
  const problems: FlagdProblem[] = [];
  for (const [key, definition] of Object.entries(definitions)) {
    const found = readFlag(definition);
    if (Array.isArray(found))
      problems.push(...found.map(({ path, message }) => ({ path: ["flags", key, ...path], message })));
    else flags.set(key, found as FlagdSetting);
  }
  if (flags.size === 0 && problems.length === 0)
    problems.push({ path: ["flags"], message: "there is no flag in it" });
  return { flags, problems };
}

/** The setting, or what is wrong. */
function readFlag(definition: unknown): FlagdSetting | FlagdProblem[] {
  const parsed = flag.safeParse(definition);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => ({ path, message }));
  const { state, targeting } = parsed.data;
  // flagd leaves those to the application's code, and so nobody knows; off is what it says.
  if (state === "DISABLED") return { enabled: false };
  const share = isEmpty(targeting) ? defaultShare(parsed.data) : splitShare(parsed.data);
  if (typeof share !== "number") return [share];
  return share === 0 ? { enabled: false } : { enabled: true, rolloutPercentage: share };
}

function defaultShare({ variants, defaultVariant }: Flag): number | FlagdProblem {
  const path = ["defaultVariant"];
  if (!defaultVariant)
    return { path, message: "missing: the application's own default would decide, which is not known here" };
  if (!Object.hasOwn(variants, defaultVariant))
    return { path, message: `"${defaultVariant}" is none of the variants` };
  return variants[defaultVariant] ? 100 : 0;
}

function splitShare({ variants, targeting }: Flag): number | FlagdProblem {
  const [operator, ...others] = Object.keys(targeting ?? {});
  if (operator === "fractional" && others.length === 0)
    return shareOfSplit(targeting?.fractional, variants, ["targeting", "fractional"]);
  const guarded = operator === "if" && others.length === 0 ? fractionalIn(targeting?.if) : undefined;
  // Whoever has no targeting key has to be off, as here.
  if (guarded !== undefined && variants.off === false)
    return shareOfSplit(guarded, variants, ["targeting", "if", 1, "fractional"]);
  return {
    path: ["targeting"],
    message: `"${[operator, ...others].join('", "')}": rules are not read, only a split such as { fractional: [[on, 25], [off, 75]] }`,
  };
}

function isEmpty(targeting: Flag["targeting"]): boolean {
  return Object.keys(targeting ?? {}).length === 0;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
