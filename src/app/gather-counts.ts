import type { Counts } from "../domain/counts.ts";
import type { GateCriterion } from "../domain/gate.ts";
import type { ScrapePolicy } from "../domain/policy.ts";
import { type Duration, formatDuration, type Instant } from "../domain/time.ts";
import { closedAt, cutFor } from "./gather-counts/closing.ts";
import { countCriterion } from "./gather-counts/count-criterion.ts";
import type { CountReader } from "./gather-counts/count-reader.ts";
import { isCounted } from "./gather-counts/counted-by.ts";
import type { Trouble } from "./gather-counts/trouble.ts";

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
  /** By metric; none for one that could not be counted: `trouble` says why. */
  readonly counts: ReadonlyMap<string, Counts>;
  readonly trouble: readonly CountTrouble[];
}

export interface CountTrouble extends Trouble {
  readonly metric: string;
}

/** Nobody has looked for longer: what was before is left out, for a judge who counts less is late and not wrong. */
const LONGEST: Duration = 3_600_000;

const LEFT_OUT: Trouble = {
  why: `nobody has counted it for more than ${formatDuration(LONGEST)}: what was before that is left out`,
  blind: false,
};

const NOTHING: Counts = { all: [], variants: null };

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
      const wanted = asked.from(metric);
      if (wanted >= to) return { metric, counts: NOTHING, trouble: [] };
      const from = Math.max(wanted, to - LONGEST);
      const goesOn = from % cut.block === 0;
      const span = { from, to, goesOn, longestStep: cut.longestStep };
      const { counts, trouble } = await countCriterion(reader, { criterion, span, cut, isPast: false });
      return { metric, counts, trouble: from > wanted ? [...trouble, LEFT_OUT] : trouble };
    }),
  );
  return {
    counts: new Map(results.flatMap(({ metric, counts }) => (counts === null ? [] : [[metric, counts]]))),
    trouble: results.flatMap(({ metric, trouble }) => trouble.map((each) => ({ metric, ...each }))),
  };
}
