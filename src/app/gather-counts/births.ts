import type { Duration, Instant } from "../../domain/time.ts";
import type { RawAnswer, RawSelector, RawSeries, RawWindow } from "../ports.ts";
import type { IsNew, Span } from "./counted-steps.ts";
import { lastUpTo, type Point, type Target, type Track } from "./counter-track.ts";

/** A process may be up for so long before its first scrape succeeds: it is found first, and may be slow to answer. */
const YOUNG: Duration = 300_000;

type Read = (selectors: readonly RawSelector[], window: RawWindow) => Promise<readonly RawAnswer[]>;

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
export async function birthsIn(
  tracks: readonly Track[],
  span: Span,
  window: RawWindow,
  read: Read,
): Promise<IsNew> {
  const byTarget = new Map<string, Track[]>();
  for (const track of tracks) {
    const name = nameOf(track.target);
    const found = byTarget.get(name);
    if (found === undefined) byTarget.set(name, [track]);
    else found.push(track);
  }
  const known = new Map<Track, readonly Track[]>(
    tracks.map((track) => [track, byTarget.get(nameOf(track.target)) ?? []]),
  );
  const wasScraped = (track: Track, { at }: Point, scrapes: readonly Instant[]): boolean => {
    const all = known.get(track) ?? [];
    const before = scrapes.filter((each) => each < at && each >= at - span.longestStep).at(-1);
    const isReplaced = all.some(
      ({ name, points }) => name === track.name && endsJustBefore(points, at, span.longestStep),
    );
    return before !== undefined && scrapes.includes(at) && !isReplaced;
  };
  const seenByOthers = (track: Track, point: Point): boolean =>
    (known.get(track) ?? []).some(
      (other) =>
        other !== track &&
        wasScraped(
          track,
          point,
          other.points.map(({ at }) => at),
        ),
    );
  const unsure = tracks.filter((track) =>
    unknownIn(track, span).some(({ point, before }) => before !== undefined || !seenByOthers(track, point)),
  );
  const targets = new Map(unsure.map(({ target }) => [nameOf(target), target]));
  const told = await askTargets([...targets.values()], window, read);
  return (track, point, before) => {
    const { scrapes = [], starts = [] } = told.get(nameOf(track.target)) ?? {};
    if (before === undefined && (seenByOthers(track, point) || wasScraped(track, point, scrapes)))
      return true;
    const start = starts.find(({ at }) => at === point.at)?.value;
    const oldest = span.goesOn ? point.at - YOUNG : span.from;
    return (
      start !== undefined && start * 1_000 >= oldest && (before === undefined || start * 1_000 > before.at)
    );
  };
}

/** Points of a span of which it is not known what was just before them. */
function unknownIn(
  { points }: Track,
  { from, to, longestStep }: Span,
): { point: Point; before: Point | undefined }[] {
  let before = lastUpTo(points, from);
  const found: { point: Point; before: Point | undefined }[] = [];
  for (const point of points) {
    if (point.at <= from || point.at > to) continue;
    if (before === undefined || point.at - before.at > longestStep) found.push({ point, before });
    before = point;
  }
  return found;
}

function endsJustBefore(points: readonly Point[], at: Instant, longestStep: Duration): boolean {
  const last = lastUpTo(points, at);
  return last !== undefined && last.at < at && last.at >= at - longestStep;
}

interface Told {
  /** When it was scraped, and answered. */
  readonly scrapes: readonly Instant[];
  /** In seconds. */
  readonly starts: RawSeries["samples"];
}

async function askTargets(
  targets: readonly Target[],
  window: RawWindow,
  read: Read,
): Promise<ReadonlyMap<string, Told>> {
  const asked = targets.filter(({ job, instance }) => job !== "" && instance !== "");
  const answers = await read(
    asked.flatMap((target) => [
      { selector: selectorFor("up", target) },
      { selector: selectorFor(START, target) },
    ]),
    window,
  );
  const samplesOf = (answer: RawAnswer | undefined): RawSeries["samples"] =>
    answer !== undefined && "series" in answer ? answer.series.flatMap(({ samples }) => samples) : [];
  return new Map(
    asked.map((target, index) => [
      nameOf(target),
      {
        scrapes: samplesOf(answers[2 * index]).flatMap(({ at, value }) => (value === 1 ? [at] : [])),
        starts: samplesOf(answers[2 * index + 1]),
      },
    ]),
  );
}

const START = "process_start_time_seconds";

function selectorFor(name: string, { job, instance }: Target): string {
  return `${name}{job=${JSON.stringify(job)},instance=${JSON.stringify(instance)}}`;
}

function nameOf({ job, instance }: Target): string {
  return `${job}\0${instance}`;
}
