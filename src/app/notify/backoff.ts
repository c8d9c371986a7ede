import type { Duration } from "../../domain/time.ts";
import type { DeliveryError } from "./notifier.ts";

const FIRST: Duration = 1_000;
const LONGEST: Duration = 300_000;
/** What fails until somebody mends it need not be tried every second. */
const FIRST_REFUSED: Duration = 60_000;
const LONGEST_REFUSED: Duration = 900_000;
/** However long a service asks us to wait: it is asked again within the hour. */
const LONGEST_ASKED: Duration = 3_600_000;

/**
 * How long to wait until it is tried again: twice as long each time, and by chance up to a half shorter, so that what failed
 * together does not come again together. A service that says when is waited for, and not all to the millisecond.
 * @param random from 0 to below 1
 */
export function backoff(
  { kind, retryAfter }: Pick<DeliveryError, "kind" | "retryAfter">,
  attempt: number,
  random: number,
): Duration {
  const [first, longest] = kind === "refused" ? [FIRST_REFUSED, LONGEST_REFUSED] : [FIRST, LONGEST];
  const full = Math.min(longest, first * 2 ** Math.min(attempt - 1, 20));
  const wait = Math.round(full * (1 - random / 2));
  if (retryAfter === null) return wait;
  return Math.min(LONGEST_ASKED, Math.max(0, retryAfter)) + Math.round(random * FIRST);
}
