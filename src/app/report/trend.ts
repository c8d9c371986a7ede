import type { Bound } from "../../domain/gate.ts";

export type Trend = "stable" | "increasing" | "decreasing";

/** Fewer points than these have no trend. */
const FEWEST = 6;
/** What moves by less than this share of where it was has not moved. */
const OF_ITSELF = 0.1;
/** Nor has what moves by less than this share of its target: from 0.001 % to 0.002 % errors is noise. */
const OF_TARGET = 0.05;

/**
 * Whether a metric went up or down: the median of the last third of its points against that of the first third. A spike moves
 * no median.
 * @param values the oldest first, those that are known
 * @returns null when there are too few
 */
export function trendOf(values: readonly number[], target: Bound | null): Trend | null {
  if (values.length < FEWEST) return null;
  const third = Math.floor(values.length / 3);
  const before = medianOf(values.slice(0, third));
  const after = medianOf(values.slice(-third));
  const least = Math.max(Math.abs(before) * OF_ITSELF, Math.abs(target?.value ?? 0) * OF_TARGET);
  if (Math.abs(after - before) <= least) return "stable";
  return after > before ? "increasing" : "decreasing";
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]] as [number, number];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
