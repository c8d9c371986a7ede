import type { Duration, Instant } from "../../domain/time.ts";
import { type Amount, countOf, lastUpTo, type Point, type Track } from "./counter-track.ts";

export interface Span {
  /** What ends after it counts … */
  readonly from: Instant;
  /** … up to here. */
  readonly to: Instant;
  /** Somebody has counted up to `from`, so a step over it is whole; else what may be older than `from` is left out. */
  readonly goesOn: boolean;
  readonly longestStep: Duration;
}

export interface Steps {
  /** What was counted between two scrapes, at the time of the second one. */
  readonly steps: readonly Point[];
  /** Up to where it has been counted: whoever goes on from there counts nothing twice. */
  readonly mark: Point | undefined;
}

/**
 * Whether all that a point says was counted lately, though nothing is known of the time just before it.
 * @param before the last point before that time; undefined: there is none
 */
export type IsNew = (track: Track, point: Point, before: Point | undefined) => boolean;

/**
 * What a track counted in a span. A counter that is lower than before began anew at zero. What grew while nobody looked
 * is left out: a gap of data is a gap of counts, never a burst.
 * @param mark up to where it was counted before, maybe by the answer of another replica
 */
export function stepsOf(track: Track, span: Span, mark: Point | undefined, isNew: IsNew): Steps {
  const { from, to, goesOn, longestStep } = span;
  const inside = track.points.filter(({ at }) => at > from && at <= to);
  const base = lastUpTo(track.points, from);
  const known = goesOn ? mark : undefined;
  const [first] = inside;
  let ahead = NOTHING;
  let last = base;
  if (first !== undefined && known !== undefined) {
    if (isStep(base, first, longestStep)) ahead = aheadOf(track, known, base, first);
    else if (countOf(track, first) >= countOf(track, known)) last = known;
  }
  const steps: Point[] = [];
  for (const point of inside) {
    const began = last !== undefined && countOf(track, point) < countOf(track, last);
    if (!isStep(last, point, longestStep)) {
      ahead = NOTHING;
      if (isNew(track, point, last)) steps.push(point);
    } else if (goesOn || last.at >= from) {
      if (began && point !== first) ahead = NOTHING;
      const grown = began ? point : less(point, last);
      const missing = point === first ? missingIn(track, known, base, longestStep) : NOTHING;
      const amount = plus(grown, missing);
      steps.push({ at: point.at, ...less(amount, ahead) });
      ahead = less(ahead, amount);
    }
    last = point;
  }
  return { steps, mark: last === undefined ? known : { at: last.at, ...plus(last, ahead) } };
}

function isStep(last: Point | undefined, point: Point, longestStep: Duration): last is Point {
  return last !== undefined && point.at - last.at <= longestStep;
}

/**
 * What another replica, which scraped later, had told already and this one is about to tell. Where it was lower though
 * later, its process had begun anew in between, as this answer must show too.
 */
function aheadOf(track: Track, mark: Point, base: Point, first: Point): Amount {
  if (mark.at <= base.at) return NOTHING;
  const began = countOf(track, first) < countOf(track, base);
  const isLower = countOf(track, mark) < countOf(track, base);
  if (began !== isLower) return NOTHING;
  return began ? mark : less(mark, base);
}

/** What this replica saw before the span, and the other one, which scraped earlier, had not told. */
function missingIn(
  track: Track,
  mark: Point | undefined,
  base: Point | undefined,
  longestStep: Duration,
): Amount {
  if (mark === undefined || base === undefined || mark.at >= base.at) return NOTHING;
  const isLower = countOf(track, base) < countOf(track, mark);
  return isLower || !isStep(mark, base, longestStep) ? NOTHING : less(base, mark);
}

const NOTHING: Amount = { total: 0, bad: 0, elevated: 0 };

function less(a: Amount, b: Amount): Amount {
  return {
    total: Math.max(0, a.total - b.total),
    bad: Math.max(0, a.bad - b.bad),
    elevated: Math.max(0, a.elevated - b.elevated),
  };
}

function plus(a: Amount, b: Amount): Amount {
  return { total: a.total + b.total, bad: a.bad + b.bad, elevated: a.elevated + b.elevated };
}
