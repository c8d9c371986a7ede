import { BLOCK } from "../../domain/judging/block.ts";
import type { ScrapePolicy } from "../../domain/policy.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import { scrapedWithin } from "../gather-evidence/freshness.ts";

/** A scrape's samples have the time at which it began, and are there when it has ended: at most a second of waiting more. */
const UNTIL_STORED: Duration = 1_000;
/** One scrape may be missed, and not a second one. */
const SCRAPES_MISSED = 2.5;

/** How the time of some counters is cut: everybody's blocks end at the same moments, so that one answer serves all. */
export interface Cut {
  readonly block: Duration;
  /** A counter that was not seen for longer was not seen: what it grew by meanwhile is nobody's. */
  readonly longestStep: Duration;
  /** A block is closed so long after its end, when what was scraped in it is there, and stays as it is then. */
  readonly settled: Duration;
  /** A counter whose newest sample is older at the end of a block was not seen there. */
  readonly fresh: Duration;
}

/** @param block for tests that cannot wait for whole ones */
export function cutFor({ interval }: Pick<ScrapePolicy, "interval">, block: Duration = BLOCK): Cut {
  return {
    // What is scraped less often has a sample in every second block only.
    block: block * Math.max(1, Math.ceil(interval / block)),
    longestStep: Math.max(block, SCRAPES_MISSED * interval),
    settled: interval + UNTIL_STORED,
    fresh: scrapedWithin({ interval }),
  };
}

/** The end of the newest block that is closed. */
export function closedAt(now: Instant, { block, settled }: Cut): Instant {
  return Math.floor((now - settled) / block) * block;
}
