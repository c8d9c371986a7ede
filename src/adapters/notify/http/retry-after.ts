import type { Duration, Instant } from "../../../domain/time.ts";

/** Longer is a mistake of whoever says it: a message is dead after a day. */
const LONGEST: Duration = 24 * 3_600_000;

/** Reads a Retry-After header: seconds, or a date of HTTP; null where it says neither. At most a day. */
export function parseRetryAfter(header: string | undefined, now: Instant): Duration | null {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, LONGEST);
  // `Date.parse` takes almost anything for a date, such as `-5`.
  const at = /^[A-Z][a-z]+,? .*\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(0, at - now), LONGEST);
}
