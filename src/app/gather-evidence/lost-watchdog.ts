import { type Duration, formatDuration, type Instant } from "../../domain/time.ts";

const SECOND: Duration = 1_000;

/**
 * While the Watchdog does not come, no other alert would come either.
 * @param heardAt or since when it could have been heard
 * @returns a reason to be blind, or none
 */
export function lostWatchdog(heardAt: Instant, timeout: Duration, now: Instant): string[] {
  const silence = now - heardAt;
  if (silence <= timeout) return [];
  return [`the Watchdog was not heard for ${formatDuration(Math.floor(silence / SECOND) * SECOND)}`];
}
