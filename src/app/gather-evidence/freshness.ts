import type { ScrapePolicy } from "../../domain/policy.ts";
import type { Duration } from "../../domain/time.ts";

/** Two intervals of a second say more of a busy processor than of what was missed. */
const SHORTEST: Duration = 5_000;

/** How old what a rule records may be: one evaluation may be missed, and not a second one. */
export function recordedWithin({ evaluationInterval }: ScrapePolicy): Duration {
  return Math.max(SHORTEST, 2 * evaluationInterval);
}

/** How old what is scraped may be, where it is scraped as the policy says. */
export function scrapedWithin({ interval }: Pick<ScrapePolicy, "interval">): Duration {
  return Math.max(SHORTEST, 2 * interval);
}
