import { z } from "zod";
import { type Duration, parseDuration } from "../domain/time.ts";

/** In URLs, store keys and labels; OpenFeature clients do not encode `/` in flag keys. */
const NAME_PATTERN = /^[A-Za-z0-9._-]+$/;

const NAME_RULE = "use letters, digits, dots, dashes and underscores only";

/** Overrides the message for a value of a wrong kind, but not for one that is missing. */
export const unlessMissing =
  (message: string) =>
  (issue: { readonly input?: unknown }): string | undefined =>
    issue.input === undefined ? undefined : message;

export function name() {
  return z.string().regex(NAME_PATTERN, `bad name: ${NAME_RULE}`);
}

/**
 * A key that names something. The pattern is for editors: the loader checks it in a rule, because zod would
 * leave the value of a bad key unchecked.
 */
export function key() {
  return z.string().meta({ pattern: NAME_PATTERN.source });
}

export function isName(text: string): boolean {
  return NAME_PATTERN.test(text);
}

export function badName(text: string): string {
  return `bad name "${text}": ${NAME_RULE}`;
}

export function text() {
  return z.string().regex(/\S/, "must not be empty");
}

const DURATION_HELP = "write a duration such as 90s, 5m or 1h30m";

export function duration() {
  return z
    .string({ error: unlessMissing(DURATION_HELP) })
    .meta({ examples: ["90s", "5m", "1h30m"] })
    .transform((written, context): Duration => {
      const parsed = parseDuration(written);
      if (parsed !== undefined && Number.isSafeInteger(parsed)) return parsed;
      context.addIssue({ code: "custom", message: `"${written}" is no duration; ${DURATION_HELP}` });
      return z.NEVER;
    });
}

export function positiveDuration() {
  return duration().refine((value) => value > 0, "must be more than 0");
}

export function percentage() {
  return z
    .number({ error: unlessMissing("write a percentage from 0 to 100, as a number without %") })
    .refine(isPercentage, "must be from 0 to 100, with at most two decimals")
    .meta({ minimum: 0, maximum: 100 });
}

/** Users fall into 10,000 buckets, so a third decimal would be silently lost. */
function isPercentage(value: number): boolean {
  return value >= 0 && value <= 100 && Math.round(value * 100) / 100 === value;
}

export function count() {
  return wholeNumber().min(1, "must be 1 or more");
}

export function phase() {
  return wholeNumber().min(0, "must be 0 or more");
}

function wholeNumber() {
  return z.int({ error: unlessMissing("write a whole number") });
}
