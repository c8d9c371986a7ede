import type { Instant } from "../domain/time.ts";

/** How an instant is written wherever people or programs read it. */
export function rfc3339(instant: Instant): string {
  return new Date(instant).toISOString();
}
