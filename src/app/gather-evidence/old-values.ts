import { KNOWN_TRAFFIC } from "../../domain/generate/stage-limits.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import { inParallel } from "../in-parallel.ts";
import type { MetricsSource, Selector } from "../ports.ts";
import { recordedWithin, scrapedWithin } from "./freshness.ts";

/** Questions of one look that are under way at the same time. */
const AT_ONCE = 8;

/** What gives a time has a sample's; a stand-in's 0.05 is none. */
const A_TIME_AT_LEAST = 1_000_000_000;

/**
 * Which of the series that some expressions read are old. An instant query goes on giving the last sample for five
 * minutes, as if it were of now, when a rule fails or nothing is scraped: only `timestamp()` tells, and only of a
 * selector that stands alone. All times are Prometheus' own. Usually it is one question, whatever the expressions.
 * @throws RollguardError `source_unavailable`
 */
export async function oldIn(
  source: MetricsSource,
  expressions: readonly string[],
  policy: Policy,
  deadline: Deadline,
): Promise<OldValues> {
  const reads = readBy(source, expressions);
  const isOld = async (selectors: readonly Selector[]): Promise<boolean> => {
    const expr = whetherOld(selectors, policy);
    const { values } = await deadline.run("Prometheus", () => source.query(expr));
    return values.some(isTime);
  };
  if (reads.length === 0 || !(await isOld(reads))) return NOTHING_OLD;
  const old = new Set<string>();
  await inParallel(reads, AT_ONCE, async (selector) => {
    if (reads.length === 1 || (await isOld([selector]))) old.add(selector.text);
  });
  return {
    readBy: (expr) => source.selectorsIn(expr).flatMap(({ metric, text }) => (old.has(text) ? [metric] : [])),
  };
}

/** Whether an expression read something old at some time. */
export async function wasOld(
  source: MetricsSource,
  expr: string,
  at: Instant,
  policy: Policy,
  deadline: Deadline,
): Promise<boolean> {
  const reads = readBy(source, [expr]);
  if (reads.length === 0) return false;
  const range = { from: at, to: at, step: 1_000 };
  const question = whetherOld(reads, policy);
  const { series } = await deadline.run("Prometheus", () => source.queryRange(question, range));
  return series.flat().some(({ value }) => isTime(value));
}

function readBy(source: MetricsSource, expressions: readonly string[]): readonly Selector[] {
  const reads = expressions.flatMap((expr) => source.selectorsIn(expr));
  return [...new Map(reads.map((each) => [each.text, each])).values()];
}

/** A question that is answered with a time where one of them is old. */
function whetherOld(selectors: readonly Selector[], policy: Policy): string {
  return selectors.map((selector) => whereOld(selector, policy)).join("\nor\n");
}

function isTime(value: number): boolean {
  return value >= A_TIME_AT_LEAST;
}

export interface OldValues {
  /** The metrics of an expression whose samples are old: what it says of now rests on the past. */
  readonly readBy: (expr: string) => readonly string[];
}

export const NOTHING_OLD: OldValues = { readBy: () => [] };

/**
 * The time of the newest sample where it is old, else nothing. How often something is scraped that the policy does not
 * record is not known: its samples of the last ten minutes say so, and one that is younger is waited for longer.
 */
function whereOld({ metric, text }: Selector, policy: Policy): string {
  const newest = `max(timestamp(${text}))`;
  if (isRecorded(metric, policy)) return `${newest} < time() - ${seconds(recordedWithin(policy.scrape))}`;
  const twoIntervals = `2 * 600 / max(count_over_time(${text}[10m]))`;
  return `${newest} < time() - ${seconds(scrapedWithin(policy.scrape))} < time() - ${twoIntervals}`;
}

/** By a rule of this policy. */
export function isRecorded(metric: string, { metrics }: Policy): boolean {
  return metric === KNOWN_TRAFFIC || metrics.some(({ record }) => record === metric);
}

function seconds(duration: Duration): number {
  return duration / 1_000;
}
