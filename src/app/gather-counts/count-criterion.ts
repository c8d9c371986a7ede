import type { Counts } from "../../domain/counts.ts";
import type { Instant } from "../../domain/time.ts";
import type { RawWindow } from "../ports.ts";
import { blocksOf } from "./blocks.ts";
import type { Cut } from "./closing.ts";
import { type CountReader, type Marks, NO_MARKS } from "./count-reader.ts";
import { type CountedCriterion, selectorsFor, type Tracked, tracksOf } from "./counted-by.ts";
import { type Span, stepsOf } from "./counted-steps.ts";
import { askTargets, isNewBy, targetsInDoubt } from "./known-targets.ts";
import { nearestBuckets } from "./nearest-buckets.ts";
import { isOld, type Trouble, troubleOf, type Worthless, whyWorthless } from "./trouble.ts";

export interface CriterionCounts {
  /** Null: it could not be counted. */
  readonly counts: Counts | null;
  readonly trouble: readonly Trouble[];
}

export interface Asking {
  readonly criterion: CountedCriterion;
  readonly span: Span;
  readonly cut: Cut;
  /** Of what is past nobody goes on, and nobody else asks for the same. */
  readonly isPast: boolean;
}

/** What one criterion counted in a span. */
export async function countCriterion(reader: CountReader, asking: Asking): Promise<CriterionCounts> {
  const { criterion, span, cut } = asking;
  const selectors = selectorsFor(criterion);
  const marks = asking.isPast ? NO_MARKS : reader.marksFor(selectors);
  const { window, isUsual } = windowFor(asking);
  const answers = isUsual ? reader.regularly(selectors, window) : reader.once(selectors, window);
  let tracked = tracksOf(criterion, await answers);
  // Of two replicas behind one address, the one that sees wins over the one that does not.
  const holes = (one: Tracked): number => holesIn(one, asking, marks);
  if ("tracks" in tracked && marks.isKnown(span.from) && holes(tracked) > 0) {
    const again = tracksOf(criterion, await reader.once(selectors, window));
    if (holes(again) < holes(tracked)) tracked = again;
  }
  if ("failure" in tracked) return blindBy({ why: tracked.failure });
  if ("withoutBucket" in tracked) {
    const why = await nearestBuckets(reader, criterion, tracked, window);
    return blindBy({ why, advice: ADD_A_BUCKET });
  }
  const { tracks, warnings } = tracked;
  const told = await askTargets(targetsInDoubt(tracks, span), window, reader);
  const isNew = isNewBy(tracks, span, told);
  const counted = tracks.map((track) => ({
    track,
    ...stepsOf(track, span, marks.at(span.from, track.key), isNew),
  }));
  const all = { criterion, tracks: counted, warnings, span, cut, told };
  const worthless = whyWorthless(all);
  if (worthless !== undefined) return blindBy(worthless);
  for (const { track, mark } of counted) if (mark !== undefined) marks.set(span.to, track.key, mark);
  const of = (variant?: string) =>
    blocksOf(
      counted.filter(({ track }) => variant === undefined || track.variant === variant),
      span,
      cut.block,
    );
  const by = criterion.counted.compare?.by;
  const variants = by === undefined ? null : { treatment: of(by.treatment), control: of(by.control) };
  return { counts: { all: of(), variants }, trouble: troubleOf(all) };
}

/** How often an answer does not know what it should: counters that others told of go on after a gap. */
function holesIn(tracked: Tracked, { span, cut }: Asking, marks: Marks): number {
  if (!("tracks" in tracked) || isOld(tracked.tracks, span, cut)) return Number.POSITIVE_INFINITY;
  return tracked.tracks.filter((track) => {
    let last = marks.at(span.from, track.key)?.at;
    const isHole = (at: Instant): boolean => last !== undefined && at - last > cut.longestStep;
    for (const { at } of track.points) {
      if (at > span.from && isHole(at)) return true;
      last = Math.max(at, last ?? at);
    }
    return isHole(span.to);
  }).length;
}

const ADD_A_BUCKET = "write a bound that is a bucket's, or give the application's histogram such a bucket";

function blindBy(worthless: Worthless): CriterionCounts {
  return { counts: null, trouble: [{ ...worthless, blind: true }] };
}

/** So many blocks are asked for: those who need fewer ask for the same, and are answered once. */
const USUAL_BLOCKS = [2, 12];

function windowFor({ span: { from, to }, cut, isPast }: Asking): { window: RawWindow; isUsual: boolean } {
  const needed = Math.ceil((to - from) / cut.block);
  const usual = isPast ? undefined : USUAL_BLOCKS.find((blocks) => needed <= blocks);
  const back = (usual ?? needed) * cut.block + cut.longestStep;
  return { window: { to, back: Math.ceil(back / 1_000) * 1_000 }, isUsual: usual !== undefined };
}
