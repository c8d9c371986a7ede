import type { CountBlock, Counts, CountsBefore } from "../domain/counts.ts";
import type { GateCriterion } from "../domain/gate.ts";
import type { ScrapePolicy } from "../domain/policy.ts";
import type { Duration, Instant } from "../domain/time.ts";
import { birthsIn } from "./gather-counts/births.ts";
import { blocksOf } from "./gather-counts/blocks.ts";
import { type Cut, closedAt, cutFor } from "./gather-counts/closing.ts";
import type { CountReader } from "./gather-counts/count-reader.ts";
import { type CountedCriterion, isCounted, selectorsFor, tracksOf } from "./gather-counts/counted-by.ts";
import { type Span, stepsOf } from "./gather-counts/counted-steps.ts";
import type { RawAnswer, RawWindow } from "./ports.ts";

export interface CountsAsked {
  /** Those without counts are passed over. */
  readonly criteria: readonly GateCriterion[];
  /**
   * What was counted after it: the end of the last block that was judged, or when the stage or the wait began.
   * Later blocks are new, and none that was told for the same moments changes any more.
   */
  readonly from: (metric: string) => Instant;
  readonly now: Instant;
  readonly scrape: Pick<ScrapePolicy, "interval">;
  /** For tests that cannot wait for whole ones. */
  readonly block?: Duration;
}

export interface GatheredCounts {
  /** By metric; none for one that could not be counted, with the reason in `trouble`. */
  readonly counts: ReadonlyMap<string, Counts>;
  readonly trouble: readonly CountTrouble[];
}

export interface CountTrouble {
  readonly metric: string;
  /** In words, which stay the same from look to look. */
  readonly why: string;
  /** Nothing can be said of it now; else it is worth a word, and what was counted is right. */
  readonly blind: boolean;
}

/**
 * What was counted since a moment, in blocks that are closed: they end at the same moments for everybody, and what was
 * scraped by then is there.
 */
export async function gatherCounts(reader: CountReader, asked: CountsAsked): Promise<GatheredCounts> {
  const cut = cutFor(asked.scrape, asked.block);
  const to = closedAt(asked.now, cut);
  const results = await Promise.all(
    asked.criteria.filter(isCounted).map(async (criterion) => {
      const { metric } = criterion;
      const from = asked.from(metric);
      const result = from < to ? await count(reader, criterion, { from, to }, cut) : NOTHING_NEW;
      return { metric, ...result };
    }),
  );
  return {
    counts: new Map(results.flatMap(({ metric, counts }) => (counts === null ? [] : [[metric, counts]]))),
    trouble: results.flatMap(({ metric, trouble }) => trouble.map((each) => ({ metric, ...each }))),
  };
}

interface Result {
  readonly counts: Counts | null;
  readonly trouble: readonly Omit<CountTrouble, "metric">[];
}

const NOTHING_NEW: Result = { counts: { all: [], variants: null }, trouble: [] };

async function count(
  reader: CountReader,
  criterion: CountedCriterion,
  { from, to }: Pick<Span, "from" | "to">,
  cut: Cut,
): Promise<Result> {
  const span: Span = { from, to, goesOn: from % cut.block === 0, longestStep: cut.longestStep };
  const { window, isUsual } = windowFor(span, cut);
  const selectors = selectorsFor(criterion);
  const answers: readonly RawAnswer[] = isUsual
    ? await reader.raw.regularly(selectors, window)
    : await reader.raw.once(selectors, window);
  const tracked = tracksOf(criterion, answers);
  if ("failure" in tracked) return blind(tracked.failure);
  if ("withoutBucket" in tracked) return blind(`there is no bucket of ${tracked.withoutBucket} s`);
  const isNew = await birthsIn(tracked.tracks, span, window, (more, at) => reader.raw.once(more, at));
  const counted = tracked.tracks.map((track) => {
    const marked = `${JSON.stringify(selectors)}\0${track.key}`;
    const { steps, mark } = stepsOf(track, span, reader.marks.at(from, marked), isNew);
    if (mark !== undefined) reader.marks.set(to, marked, mark);
    return { track, steps };
  });
  const blocks = (some: typeof counted) => blocksOf(some, span, cut.block);
  const by = criterion.counted.compare?.by;
  const of = (value: string) => blocks(counted.filter(({ track }) => track.variant === value));
  return {
    counts: {
      all: blocks(counted),
      variants: by === undefined ? null : { treatment: of(by.treatment), control: of(by.control) },
    },
    trouble: [],
  };
}

function blind(why: string): Result {
  return { counts: null, trouble: [{ why, blind: true }] };
}

/** So many blocks are asked for: those who ask for a few more or less ask for the same, and are answered once. */
const USUAL_BLOCKS = [2, 12];

function windowFor({ from, to }: Span, { block, longestStep }: Cut): { window: RawWindow; isUsual: boolean } {
  const needed = Math.ceil((to - from) / block);
  const usual = USUAL_BLOCKS.find((blocks) => needed <= blocks);
  const back = Math.ceil(((usual ?? needed) * block + longestStep) / 1_000) * 1_000;
  return { window: { to, back }, isUsual: usual !== undefined };
}

export interface CountsBeforeAsked extends Pick<CountsAsked, "criteria" | "scrape" | "block"> {
  /** When the change began: what was counted up to then. */
  readonly before: (metric: string) => Instant;
}

/** How long before a change tells how much blocks scatter. */
const USUAL: Duration = 2 * 3_600_000;
/** Asked for in pieces: the answer to a whole day may be larger than an answer may be. */
const PIECE: Duration = 3_600_000;

/** What was usual before a change. Where nothing can be had nothing is known, and that is no trouble. */
export async function gatherCountsBefore(
  reader: CountReader,
  asked: CountsBeforeAsked,
): Promise<ReadonlyMap<string, CountsBefore>> {
  const cut = cutFor(asked.scrape, asked.block);
  const known = await Promise.all(
    asked.criteria.filter(isCounted).map(async (criterion): Promise<[string, CountsBefore][]> => {
      const to = Math.floor(asked.before(criterion.metric) / cut.block) * cut.block;
      const blocks = await countedBetween(reader, criterion, { from: to - USUAL, to }, cut);
      return blocks.length === 0 ? [] : [[criterion.metric, { blocks, day: null }]];
    }),
  );
  return new Map(known.flat());
}

async function countedBetween(
  reader: CountReader,
  criterion: CountedCriterion,
  { from, to }: Pick<Span, "from" | "to">,
  cut: Cut,
): Promise<readonly CountBlock[]> {
  const all: CountBlock[] = [];
  for (let begin = from; begin < to; begin += PIECE) {
    const end = Math.min(to, begin + PIECE);
    const { counts } = await count(reader, criterion, { from: begin, to: end }, cut);
    all.push(...(counts?.all ?? []));
  }
  return all;
}
