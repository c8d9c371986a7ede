import type { CountBlock } from "../counts.ts";
import type { Duration, Instant } from "../time.ts";

/**
 * Requests are judged in blocks of this length, however often anybody looks. It is long enough that one bad moment (a deploy,
 * a restarting pod) is one or two blocks, and short enough that four of them, which a red verdict takes at least, are two minutes.
 */
export const BLOCK: Duration = 30_000;

/** Requests that were counted, without saying when. */
export interface Tally {
  readonly total: number;
  /** Of them those against the red bound; at most `total`. */
  readonly bad: number;
  /** Of them those against the green bound; at most `total`. */
  readonly elevated: number;
}

export const NONE: Tally = { total: 0, bad: 0, elevated: 0 };

/** No service answers more requests in a block, and less than that is what rounding leaves. */
const MOST = 1e9;
const LEAST = 1e-6;

/** What is not a count is none at all, and no more can be bad than there was: a test must never see NaN. */
export function tallyOf({ total, bad, elevated }: Tally): Tally {
  if (![total, bad, elevated].every((count) => count >= 0 && count <= MOST) || total < LEAST) return NONE;
  return { total, bad: Math.min(bad, total), elevated: Math.min(elevated, total) };
}

export function plus(a: Tally, b: Tally): Tally {
  return { total: a.total + b.total, bad: a.bad + b.bad, elevated: a.elevated + b.elevated };
}

export function sumOf(blocks: readonly Tally[]): Tally {
  return blocks.map(tallyOf).reduce(plus, NONE);
}

/** Those that began at a moment or later: what was seen already is never counted again. */
export function since(blocks: readonly CountBlock[], from: Instant): CountBlock[] {
  return blocks.filter((block) => block.from >= from);
}
