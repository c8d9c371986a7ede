import type { Instant } from "../../domain/time.ts";
import type { RawSeries } from "../ports.ts";

/** What one counter, or one histogram, of one target counted: cumulated since its process began. */
export interface Track {
  /** Its labels, the same in every answer. */
  readonly key: string;
  readonly name: string;
  readonly target: Target;
  /** The value of the label that tells the variants apart; undefined without. */
  readonly variant: string | undefined;
  /** Whether it says how many requests there were, or only how many of them were bad. */
  readonly kind: "all" | "bad";
  /** The oldest first. */
  readonly points: readonly Point[];
}

export interface Target {
  readonly job: string;
  readonly instance: string;
}

export interface Point extends Amount {
  readonly at: Instant;
}

export interface Amount {
  readonly total: number;
  readonly bad: number;
  readonly elevated: number;
}

/** What a track's own counter says: when it goes down, its process began anew. */
export function countOf({ kind }: Pick<Track, "kind">, amount: Amount): number {
  return kind === "all" ? amount.total : amount.bad;
}

export function trackOf(
  { labels, ...known }: Pick<Track, "key" | "kind" | "points"> & Pick<RawSeries, "labels">,
  variantLabel: string | undefined,
): Track {
  return {
    ...known,
    name: labels.__name__ ?? "",
    target: { job: labels.job ?? "", instance: labels.instance ?? "" },
    variant: variantLabel === undefined ? undefined : labels[variantLabel],
  };
}

export function keyOf(labels: RawSeries["labels"]): string {
  let key = "";
  for (const name of Object.keys(labels).sort()) key += `${name}=${labels[name]}\0`;
  return key;
}

/** The newest point that is not after a moment. */
export function lastUpTo(points: readonly Point[], at: Instant): Point | undefined {
  let last: Point | undefined;
  for (const point of points) {
    if (point.at > at) break;
    last = point;
  }
  return last;
}
