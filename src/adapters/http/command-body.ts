import { z } from "zod";
import { TIER_NAMES } from "../../domain/tier.ts";
import { parseDuration } from "../../domain/time.ts";
import { jsonText } from "./json-text.ts";
import { HttpProblem } from "./problem.ts";

/** Counts of UTF-16 units. */
const MAX_REASON = 1_000;

const reason = z
  .string("expected a text")
  .trim()
  .max(MAX_REASON, `expected at most ${MAX_REASON} characters`)
  .nullish();
const flag = z.boolean("expected true or false").default(false);

const number = (): z.ZodNumber => z.number("expected a number");

/** A number of seconds, or a duration such as `10m`. */
const wait = z
  .union([z.number(), z.string()], "expected seconds, or a duration such as 10m")
  .transform((written, context): number => {
    if (typeof written === "number") return written * 1_000;
    const duration = /^\d+(?:\.\d+)?$/.test(written) ? Number(written) * 1_000 : parseDuration(written);
    if (duration !== undefined) return duration;
    context.addIssue({
      code: "custom",
      message: `"${written}" is neither seconds nor a duration such as 10m`,
    });
    return z.NEVER;
  });

/** Steps, or characters of them: what is right is told by the domain, and it need not see a million of them. */
const MAX_STEPS_TEXT = 1_000;

/** A list of percentages, or as it is written on a command line: `0,10,50,100`. */
const steps = z
  .union([z.array(number()), z.string()], "expected a list of percentages, such as [0, 10, 50, 100]")
  .transform((written, context): number[] => {
    if (written.length > MAX_STEPS_TEXT) {
      context.addIssue({ code: "custom", message: "far too many of them" });
      return z.NEVER;
    }
    if (typeof written !== "string") return written;
    const parts = written.split(",").map((part) => part.trim());
    if (parts.every((part) => /^\d+(?:\.\d+)?$/.test(part))) return parts.map(Number);
    context.addIssue({ code: "custom", message: `"${written}" is no list such as 0,10,50,100` });
    return z.NEVER;
  });

/** True, or the id of the rollback that is known. */
const acknowledge = z
  .union([z.boolean(), z.string().min(1)], "expected true")
  .default(false)
  .transform((value) => value !== false);

const common = { reason, dryRun: flag, acknowledge };

/** `yes`, or `yes-i-am-sure`; true is `yes`. */
const confirm = z
  .union([z.boolean(), z.enum(["yes", "yes-i-am-sure"])], 'expected "yes" or "yes-i-am-sure"')
  .nullish()
  .transform((value) => (typeof value === "string" ? value : value === true ? "yes" : null));

export const deployBody = z.strictObject({
  ...common,
  confirm,
  plan: z.string("expected the name of a plan").min(1, "expected the name of a plan").nullish(),
  steps: steps.nullish(),
  wait: wait.nullish(),
  targetPercentage: number().nullish(),
  errorThreshold: number().nullish(),
  latencyThreshold: number().nullish(),
});

const tier = z.enum(TIER_NAMES, `expected one of ${TIER_NAMES.join(", ")}`);

export const rollbackBody = z.strictObject({
  reason,
  dryRun: flag,
  confirm,
  tier,
  flags: z.array(z.string("expected a flag's key"), "expected a list of flags").max(1_000).default([]),
  phase: number().int("expected the number of a phase").nullish(),
  shutdown: flag,
});

export const acknowledgeBody = z.strictObject({ reason, dryRun: flag, force: flag });

/** Of what is done to a message on its way: it is no event of the ledger. */
export const outboxBody = z.strictObject({ reason });

/** Here the reason is what is asked for. */
export const acceptLossBody = z.strictObject({
  reason: z
    .string("expected a text: what was lost, and why it does not come back")
    .trim()
    .min(1, "expected a text: what was lost, and why it does not come back")
    .max(MAX_REASON, `expected at most ${MAX_REASON} characters`),
});

export const shutdownBody = z.strictObject({
  reason,
  dryRun: flag,
  confirm,
  on: z.boolean("expected true or false"),
});

export const rolloutBody = z.strictObject(common);

export const retryBody = z.strictObject({ ...common, confirm });

const percentage = number()
  .min(0, "expected 0 to 100")
  .max(100, "expected 0 to 100")
  .refine((share) => Number.isInteger(Number((share * 100).toFixed(6))), "expected at most two decimals");

const MAX_FLAGS = 10_000;

const setting = z.object({ enabled: z.boolean("expected true or false"), rolloutPercentage: percentage });

/** A backup as GET …/backup gives it: what else is in it is welcome. */
export const restoreBody = z.strictObject({
  ...common,
  confirm,
  flags: z
    .array(setting.extend({ key: z.string("expected a flag's key") }), "expected the flags of a backup")
    .max(MAX_FLAGS),
});

const wish = {
  enabled: z.boolean("expected true or false").nullish(),
  rolloutPercentage: percentage.nullish(),
};

interface Wish {
  readonly enabled?: boolean | null | undefined;
  readonly rolloutPercentage?: number | null | undefined;
}

const saysSomething = ({ enabled, rolloutPercentage }: Wish): boolean =>
  typeof enabled === "boolean" || typeof rolloutPercentage === "number";
const TOO_LITTLE = "expected enabled, rolloutPercentage, or both";

export const flagBody = z.strictObject({ ...common, confirm, ...wish }).refine(saysSomething, TOO_LITTLE);

/** Strict below, too: of a flag with a misspelt `enabled` nothing would be set. */
export const flagsBody = z.strictObject({
  ...common,
  confirm,
  flags: z
    .array(
      z.strictObject({ key: z.string("expected a flag's key"), ...wish }).refine(saysSomething, TOO_LITTLE),
      "expected a list of flags",
    )
    .min(1, "expected at least one flag")
    .max(MAX_FLAGS)
    .superRefine((flags, context) => {
      const seen = new Set<string>();
      for (const [index, { key }] of flags.entries()) {
        if (seen.has(key))
          context.addIssue({ code: "custom", path: [index, "key"], message: "it is there twice" });
        seen.add(key);
      }
    }),
});

/**
 * Reads the body of an operator's command. No body at all says nothing, which may be enough.
 * @throws HttpProblem `invalid_json`; `invalid_request` with everything that is wrong
 */
export function parseCommandBody<S extends z.ZodType>(bytes: Buffer, schema: S): z.output<S> {
  const parsed = schema.safeParse(jsonOf(bytes));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? "body" : path.join(".")}: ${message}`,
  );
  throw new HttpProblem("invalid_request", problems.join("; "));
}

function jsonOf(bytes: Buffer): unknown {
  const text = jsonText(bytes);
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpProblem("invalid_json", `the body is no JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}
