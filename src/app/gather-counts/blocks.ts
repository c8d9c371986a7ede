import type { CountBlock } from "../../domain/counts.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { Span } from "./counted-steps.ts";
import type { Point, Track } from "./counter-track.ts";

interface Sum {
  total: number;
  bad: number;
  elevated: number;
  /** Whether anything told how many requests there were. */
  seen: boolean;
}

/** Sums what was counted by the time of it. A block in which nobody told of requests is none; one without any is one. */
export function blocksOf(
  tracks: readonly { readonly track: Pick<Track, "kind">; readonly steps: readonly Point[] }[],
  { from, to }: Pick<Span, "from" | "to">,
  block: Duration,
): CountBlock[] {
  const sums = new Map<Instant, Sum>();
  for (const { track, steps } of tracks) {
    for (const step of steps) {
      const end = Math.ceil(step.at / block) * block;
      const sum = sums.get(end) ?? { total: 0, bad: 0, elevated: 0, seen: false };
      sum.total += step.total;
      sum.bad += step.bad;
      sum.elevated += step.elevated;
      sum.seen ||= track.kind === "all";
      sums.set(end, sum);
    }
  }
  return [...sums]
    .filter(([, { seen }]) => seen)
    .sort(([a], [b]) => a - b)
    .map(([end, { total, bad, elevated }]) => ({
      from: Math.max(from, end - block),
      to: Math.min(to, end),
      // What is counted when it begins may fail in the next block.
      total: Math.max(total, bad, elevated),
      bad,
      elevated,
    }));
}
