import type { Tally } from "./block.ts";

/** Requests that followed one another, and in how many blocks. */
export type Part = readonly [blocks: number, total: number, bad: number];

/** What is bad of the newest requests. */
export type Lately = Pick<Tally, "total" | "bad">;

/** A moment is not judged by itself: no less than red takes. */
const LEAST_BLOCKS = 4;

/** So many bad ones are allowed among the fewest requests that are judged by themselves: a thousand at 1 %. */
const LEAST_ALLOWED = 10;

/** In standard deviations of a service that is just at the limit. More would hold what was always at two thirds of it. */
const DEVIATIONS = 1;

/**
 * One block more. Of each length there are two parts at most, the next one is twice as long: the newest requests can be told
 * apart to the minute, those of a day ago to the half day, and a week is two dozen parts.
 * @param parts newest first
 */
export function withBlock(parts: readonly Part[], { total, bad }: Lately): readonly Part[] {
  const kept: Part[] = [[1, total, bad], ...parts];
  for (let at = 0; kept[at]?.[0] === kept[at + 2]?.[0] && at + 2 < kept.length; at += 1)
    kept.splice(at + 1, 2, together(kept[at + 1] as Part, kept[at + 2] as Part));
  return kept;
}

function together(a: Part, b: Part): Part {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

/**
 * A fault that began an hour ago hides behind a day that was good, and what is promoted will be as the last hour was, not as
 * the day: however far one looks back, what was counted since then must be clearly below the limit.
 * @returns the newest requests that are not; null where there are none
 */
export function notBelowLately(parts: readonly Part[], limit: number): Lately | null {
  let [blocks, total, bad] = [0, 0, 0];
  for (const part of parts) {
    [blocks, total, bad] = together(part, [blocks, total, bad]);
    const allowed = limit * total;
    if (blocks < LEAST_BLOCKS || allowed < LEAST_ALLOWED) continue;
    if (bad > allowed - DEVIATIONS * Math.sqrt(allowed)) return { total, bad };
  }
  return null;
}
