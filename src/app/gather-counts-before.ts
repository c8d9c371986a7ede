import type { CountBlock, CountsBefore } from "../domain/counts.ts";
import { countExpressions } from "../domain/generate/count-expressions.ts";
import { DEFAULT_TARGET } from "../domain/generate/versions.ts";
import type { Duration, Instant } from "../domain/time.ts";
import { type Cut, cutFor } from "./gather-counts/closing.ts";
import { countCriterion } from "./gather-counts/count-criterion.ts";
import type { CountReader } from "./gather-counts/count-reader.ts";
import { boundsOf, type CountedCriterion, isCounted } from "./gather-counts/counted-by.ts";
import type { CountsAsked } from "./gather-counts.ts";
import type { MetricsSource } from "./ports.ts";

export interface CountsBeforeAsked extends Pick<CountsAsked, "criteria" | "scrape" | "block"> {
  /** When the stage began, and when the rollout did: two hours before the one, a day before the other. */
  readonly before: (metric: string) => { readonly stage: Instant; readonly rollout: Instant };
}

/** How long before a stage tells how much blocks scatter, and before a rollout what is usual. */
const SCATTER: Duration = 2 * 3_600_000;
const DAY: Duration = 24 * 3_600_000;
/** Asked for in pieces: an answer may be only so large. */
const PIECE: Duration = 1_800_000;

/** What was usual before a change. Where nothing can be had nothing is known, and that is no trouble. */
export async function gatherCountsBefore(
  reader: CountReader,
  metrics: Pick<MetricsSource, "queryRange"> | null,
  asked: CountsBeforeAsked,
): Promise<ReadonlyMap<string, CountsBefore>> {
  const cut = cutFor(asked.scrape, asked.block);
  const known = await Promise.all(
    asked.criteria.filter(isCounted).map(async (criterion): Promise<[string, CountsBefore]> => {
      const { stage, rollout } = asked.before(criterion.metric);
      const [blocks, day] = await Promise.all([
        blocksBefore(reader, criterion, stage, cut),
        metrics === null ? null : dayBefore(metrics, criterion, rollout).catch(() => null),
      ]);
      return [criterion.metric, { blocks, day }];
    }),
  );
  return new Map(known.filter(([, { blocks, day }]) => blocks.length > 0 || day !== null));
}

async function blocksBefore(
  reader: CountReader,
  criterion: CountedCriterion,
  stage: Instant,
  cut: Cut,
): Promise<readonly CountBlock[]> {
  const end = Math.floor(stage / cut.block) * cut.block;
  const blocks: CountBlock[] = [];
  for (let from = end - SCATTER; from < end; from += PIECE) {
    const span = { from, to: Math.min(end, from + PIECE), goesOn: true, longestStep: cut.longestStep };
    const { counts } = await countCriterion(reader, { criterion, span, cut, isPast: true });
    blocks.push(...(counts?.all ?? []));
  }
  return blocks;
}

/** By Prometheus itself, which extrapolates to the ends of the day: a share of it does not mind. */
async function dayBefore(
  metrics: Pick<MetricsSource, "queryRange">,
  criterion: CountedCriterion,
  at: Instant,
): Promise<CountsBefore["day"]> {
  const { counts } = criterion.counted;
  const { bad, elevated } = boundsOf(criterion);
  const expressionsFor = (seconds: number) =>
    countExpressions(counts, seconds * 1_000, DAY, DEFAULT_TARGET.prometheus);
  const ask = async (expr: string): Promise<number | undefined> => {
    const { series } = await metrics.queryRange(expr, { from: at, to: at, step: 1_000 });
    const value = series[0]?.[0]?.value;
    return value !== undefined && Number.isFinite(value) ? Math.max(0, Math.round(value)) : undefined;
  };
  const [total, slow, slower] = await Promise.all([
    ask(expressionsFor(bad).total),
    ask(expressionsFor(bad).bad),
    ask(expressionsFor(elevated).bad),
  ]);
  if (total === undefined || slow === undefined || slower === undefined) return null;
  return { total, bad: Math.min(total, slow), elevated: Math.min(total, slower) };
}
