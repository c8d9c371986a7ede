import type { Duration, Instant } from "../../domain/time.ts";
import type { RawAnswer, RawSeries, RawWindow } from "../ports.ts";
import type { CountReader } from "./count-reader.ts";
import type { IsNew, Span } from "./counted-steps.ts";
import { countOf, lastUpTo, type Point, type Target, type Track } from "./counter-track.ts";

/** A process may be up for so long before its first scrape succeeds: it is found first, and may be slow to answer. */
const YOUNG: Duration = 300_000;
const START = "process_start_time_seconds";

/** What a target told of itself at each scrape. */
export interface Told {
  /** When it was scraped, and answered. */
  readonly scrapes: readonly Instant[];
  /** When its process began, in seconds, by its own word. */
  readonly starts: RawSeries["samples"];
}

export type ToldBy = (target: Target) => Told;

/** Targets of which more has to be known: a counter of theirs is there though it was not before, or has gone down. */
export function targetsInDoubt(tracks: readonly Track[], span: Span): readonly Target[] {
  const witnessed = witnessesOf(tracks, span);
  const doubted = tracks.filter(
    (track) =>
      fallsIn(track, span).length > 0 ||
      unknownIn(track, span).some(({ point, before }) => before !== undefined || !witnessed(track, point)),
  );
  return [...new Map(doubted.map(({ target }) => [nameOf(target), target])).values()];
}

/** In one question for everybody who doubts in the same turn. */
export async function askTargets(
  targets: readonly Target[],
  window: RawWindow,
  reader: CountReader,
): Promise<ToldBy> {
  const asked = targets.filter(({ job, instance }) => job !== "" && instance !== "");
  const names = ["up", START];
  const answers = await reader.once(
    asked.flatMap((target) => names.map((name) => ({ selector: selectorFor(name, target) }))),
    window,
  );
  const told = new Map(
    asked.map((target, index): [string, Told] => {
      const [up, starts] = answers.slice(names.length * index).map(samplesOf);
      const scrapes = (up ?? []).filter(({ value }) => value === 1).map(({ at }) => at);
      return [nameOf(target), { scrapes, starts: starts ?? [] }];
    }),
  );
  return (target) => told.get(nameOf(target)) ?? { scrapes: [], starts: [] };
}

/**
 * Whether a series that was not there before is new, so that its first value counts from zero: a canary that fails all of
 * its first requests before its first scrape would show nothing otherwise. Only where that is known:
 *
 * - its target was scraped just before, without it (another of its series, or `up`, tells of both scrapes), and none of
 *   the same name went away at that moment: else it may be an old one with other labels; or
 * - its process is young, by `process_start_time_seconds`.
 *
 * After an outage of Prometheus, at the first scrape of a job or of a target, nothing was scraped just before: there only
 * the process' own word counts.
 */
export function isNewBy(tracks: readonly Track[], span: Span, told: ToldBy): IsNew {
  const witnessed = witnessesOf(tracks, span);
  return (track, point, before) => {
    const { scrapes, starts } = told(track.target);
    if (before === undefined && (witnessed(track, point) || witnessed(track, point, scrapes))) return true;
    const oldest = span.goesOn ? point.at - YOUNG : span.from;
    return hasBegun(starts, Math.max(oldest, before?.at ?? 0), point.at + span.longestStep);
  };
}

/** How often a counter went down though its process, as far as it tells, did not begin anew. */
export function unexplainedFalls(track: Track, span: Span, told: ToldBy): number {
  const { starts } = told(track.target);
  return fallsIn(track, span).filter(
    ({ point, before }) => !hasBegun(starts, before?.at ?? 0, point.at + span.longestStep),
  ).length;
}

/** Whether the target was scraped at a point and just before it; by others of its series, or by scrapes that are known. */
function witnessesOf(tracks: readonly Track[], { longestStep }: Span) {
  const byTarget = new Map<string, Track[]>();
  for (const track of tracks) {
    const found = byTarget.get(nameOf(track.target));
    if (found === undefined) byTarget.set(nameOf(track.target), [track]);
    else found.push(track);
  }
  const isJustBefore = (time: Instant, at: Instant): boolean => time < at && time >= at - longestStep;
  return ({ name, target, key }: Track, { at }: Point, scrapes?: readonly Instant[]): boolean => {
    const all = byTarget.get(nameOf(target)) ?? [];
    const others = all
      .filter((other) => other.key !== key)
      .map(({ points }) => points.map((point) => point.at));
    const wasScraped = (scrapes === undefined ? others : [scrapes]).some(
      (times) => times.includes(at) && times.some((time) => isJustBefore(time, at)),
    );
    const isReplaced = (): boolean =>
      all.some((other) => {
        const last = other.name === name ? lastUpTo(other.points, at) : undefined;
        return last !== undefined && isJustBefore(last.at, at);
      });
    return wasScraped && !isReplaced();
  };
}

interface Pair {
  readonly point: Point;
  /** The one before it. */
  readonly before: Point | undefined;
}

/** Points of a span of which it is not known what was just before them. */
function unknownIn({ points }: Track, { from, to, longestStep }: Span): Pair[] {
  return pairsWhere(
    points,
    { from, to },
    (point, before) => before === undefined || point.at - before.at > longestStep,
  );
}

function fallsIn(track: Track, span: Span): Pair[] {
  return pairsWhere(
    track.points,
    span,
    (point, before) => before !== undefined && countOf(track, point) < countOf(track, before),
  );
}

/** Most have none: nothing is made for those. */
function pairsWhere(
  points: readonly Point[],
  { from, to }: Pick<Span, "from" | "to">,
  isOne: (point: Point, before: Point | undefined) => boolean,
): Pair[] {
  const found: Pair[] = [];
  let before: Point | undefined;
  for (const point of points) {
    if (point.at > from && point.at <= to && isOne(point, before)) found.push({ point, before });
    before = point;
  }
  return found;
}

/** Whether a process of the target began after a moment, and not after another: it may be another replica that tells. */
function hasBegun(starts: Told["starts"], after: Instant, until: Instant): boolean {
  return starts.some(({ value }) => value * 1_000 > after && value * 1_000 <= until);
}

function samplesOf(answer: RawAnswer): RawSeries["samples"] {
  return "series" in answer ? answer.series.flatMap(({ samples }) => samples) : [];
}

function selectorFor(name: string, { job, instance }: Target): string {
  return `${name}{job=${JSON.stringify(job)},instance=${JSON.stringify(instance)}}`;
}

function nameOf({ job, instance }: Target): string {
  return `${job}\0${instance}`;
}
