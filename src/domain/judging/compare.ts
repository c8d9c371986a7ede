import { logBeta } from "./beta.ts";
import type { Tally } from "./block.ts";

/** Fewer requests an hour than this of those without the change say nothing about what is usual just now. */
export const LEAST_CONTROL_AN_HOUR = 100;

/** Standard deviations of one block by which control must be worse before that is held against it. */
const DEVIATIONS = 3;

type Part = Pick<Tally, "total" | "bad">;

/**
 * The share that a block of treatment may have before control looks better: at most what control has had so far, and what it
 * has for certain in this very block, so that what hits both blames neither. 1 while there is no control to speak of.
 * @param soFar of control, this block included
 * @param alpha the chance that control's own bound is wrong at some look
 */
export function usualOf(soFar: Part, block: Part, alpha: number): number {
  return Math.max(everAtMost(soFar, alpha), wilson(block, -DEVIATIONS));
}

/**
 * The share that control has at most, right at every look: the end of the confidence sequence of a beta-binomial mixture.
 * Unlike `upperBound` it needs no incomplete beta: it is asked for after every block.
 */
export function everAtMost({ total, bad }: Part, alpha: number): number {
  const mixture = logBeta(0.5 + bad, 0.5 + total - bad) - logBeta(0.5, 0.5) - Math.log(1 / alpha);
  let [low, high] = [total > 0 ? bad / total : 1, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (mixture >= bad * Math.log(middle) + (total - bad) * Math.log1p(-middle)) high = middle;
    else low = middle;
  }
  return high;
}

const STEPS = 40;

/** Wilson's bound for a share, so many standard deviations above it, or below. Nothing is known of no requests. */
export function wilson({ total, bad }: Part, deviations: number): number {
  if (total === 0) return deviations < 0 ? 0 : 1;
  const share = bad / total;
  const square = deviations ** 2 / total;
  const spread = deviations * Math.sqrt((share * (1 - share)) / total + square / (4 * total));
  return (share + square / 2 + spread) / (1 + square);
}
