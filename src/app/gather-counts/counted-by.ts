import type { GateCriterion } from "../../domain/gate.ts";
import type { RawAnswer, RawSelector } from "../ports.ts";
import { keyOf, type Track, trackOf } from "./counter-track.ts";
import { type Bounds, histogramTracks, type WithoutBucket } from "./histogram-tracks.ts";

/** A criterion that is judged by counts. */
export interface CountedCriterion extends GateCriterion {
  readonly counted: NonNullable<GateCriterion["counted"]>;
}

export function isCounted(criterion: GateCriterion): criterion is CountedCriterion {
  return criterion.counted !== undefined;
}

/** What has to be read to count it: the requests first. */
export function selectorsFor(criterion: CountedCriterion): readonly RawSelector[] {
  const { counts } = criterion.counted;
  if (counts.kind === "ratio") return [{ selector: counts.total }, { selector: counts.bad }];
  const { bad, elevated } = boundsOf(criterion);
  return [{ selector: counts.histogram, buckets: [...new Set([bad, elevated])] }];
}

/** In seconds; a ratio has none. */
export function boundsOf({ green, red, counted: { counts } }: CountedCriterion): Bounds {
  if (counts.kind === "ratio") return { bad: 0, elevated: 0 };
  const { of } = counts;
  if ("above" in of) return { bad: of.above / 1_000, elevated: of.above / 1_000 };
  return { bad: (red ?? green).value / 1_000, elevated: green.value / 1_000 };
}

export type Tracked =
  | { readonly tracks: readonly Track[]; readonly warnings: readonly string[] }
  | { readonly failure: string }
  | WithoutBucket;

/** @param answers to `selectorsFor`, in its order */
export function tracksOf(criterion: CountedCriterion, answers: readonly RawAnswer[]): Tracked {
  const { counts, compare } = criterion.counted;
  const label = compare?.by.label;
  const tracks: Track[] = [];
  const warnings: string[] = [];
  for (const [index, answer] of answers.entries()) {
    if ("failure" in answer) return answer;
    warnings.push(...answer.warnings);
    if (counts.kind === "latency") {
      const found = histogramTracks(answer.series, boundsOf(criterion), label);
      if ("withoutBucket" in found) return found;
      tracks.push(...found.tracks);
    } else {
      const kind = index === 0 ? "all" : "bad";
      for (const { labels, samples } of answer.series) {
        const points = samples.map(({ at, value }) =>
          kind === "all"
            ? { at, total: value, bad: 0, elevated: 0 }
            : { at, total: 0, bad: value, elevated: value },
        );
        tracks.push(trackOf({ labels, key: keyOf(labels), kind, points }, label));
      }
    }
  }
  return { tracks, warnings };
}
