import { sumOf, type Tally, tallyOf } from "./block.ts";

/** Failures that scatter more than this are a fault, not a habit. */
const MOST = 5;

/**
 * How many bad requests usually come together: 1 when each fails by itself, 3 when each failure is tried three times.
 * Pearson's χ² over its degrees of freedom, of blocks from before the change: measured inside of it, it would take the fault
 * itself for noise. Never below 1, so that counts are never worth more than they are.
 */
export function dispersionOf(blocks: readonly Tally[]): number {
  const busy = blocks.map(tallyOf).filter(({ total }) => total > 0);
  const { bad, total } = sumOf(busy);
  if (busy.length < 2 || bad === 0 || bad === total) return 1;
  const share = bad / total;
  const squares = busy.map((block) => (block.bad - block.total * share) ** 2 / block.total);
  const chiSquare = squares.reduce((sum, square) => sum + square, 0) / (share * (1 - share));
  return Math.min(MOST, Math.max(1, chiSquare / (busy.length - 1)));
}
