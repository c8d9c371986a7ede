import { scopedExpression } from "../../domain/generate/scoped-expression.ts";
import { worstValue } from "../../domain/judge.ts";
import type { Policy } from "../../domain/policy.ts";
import { type Duration, formatDuration, type Instant } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import { expressionOf } from "../gather-evidence/expression-of.ts";
import { wasOld } from "../gather-evidence/old-values.ts";
import { NO_PROMETHEUS, why } from "../gather-evidence/unavailable.ts";
import { inParallel } from "../in-parallel.ts";
import type { MetricsSource, RangeAnswer } from "../ports.ts";
import type { Reported } from "./criteria.ts";

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

export interface Point {
  readonly at: Instant;
  /** Null: no data. */
  readonly value: number | null;
}

/** A metric over time. Each point is the worst since the point before it, or the average of what is judged by its average. */
export interface Series {
  readonly points: readonly Point[];
  /** At the end of the time; null: no data. */
  readonly last: number | null;
  /** Why there is no data at all; null: there is some. */
  readonly missing: string | null;
}

/** As many points as a picture shows. */
const MOST_POINTS = 360;
/** Metrics that are asked for at the same time. */
const AT_ONCE = 8;
const SECOND: Duration = 1_000;

/** How the metrics went in a time, as Prometheus has it. A source that fails is no data, not an error. */
export async function measureSeries(
  source: MetricsSource | null,
  reported: readonly Reported[],
  policy: Policy,
  span: Span,
  deadline: Deadline,
): Promise<ReadonlyMap<string, Series>> {
  const wanted = reported.filter((each) => each.source === "prometheus");
  const measured = await inParallel(wanted, AT_ONCE, async (metric) => {
    const series =
      source === null
        ? nothing(NO_PROMETHEUS)
        : await measureOne(source, metric, policy, span, deadline).catch((error) => nothing(why(error)));
    return [metric.metric, series] as const;
  });
  return new Map(measured);
}

function nothing(missing: string): Series {
  return { points: [], last: null, missing };
}

async function measureOne(
  source: MetricsSource,
  reported: Reported,
  policy: Policy,
  span: Span,
  deadline: Deadline,
): Promise<Series> {
  const step = stepOf(span, policy.scrape.evaluationInterval);
  const times = timesOf(span, step);
  const end = { from: span.to, to: span.to, step };
  const ask = (expr: string, range: Span): Promise<RangeAnswer> =>
    deadline.run("Prometheus", () => source.queryRange(expr, { ...range, step }));
  const now = expressionOf(criterionFor(reported), policy);
  const [over, last, isOld] = await Promise.all([
    times.length === 0
      ? { series: [] }
      : ask(overTime(reported, policy, step), { from: times[0] as Instant, to: span.to }),
    ask(now, end),
    // What the policy records is asked for its age in the same question.
    reported.expr !== null && wasOld(source, now, span.to, policy, deadline),
  ]);
  const found = worstAt(reported, over.series);
  const points = times.map((at) => ({ at, value: found.get(at) ?? null }));
  const value = isOld ? null : (worstAt(reported, last.series).get(span.to) ?? null);
  const isThere = value !== null || points.some((point) => point.value !== null);
  return { points, last: value, missing: isThere ? null : "Prometheus has no data of it in this time" };
}

/** Not shorter than an evaluation, not more points than a picture shows. */
export function stepOf({ from, to }: Span, evaluationInterval: Duration): Duration {
  const step = Math.max(evaluationInterval, (to - from) / MOST_POINTS, SECOND);
  return Math.ceil(step / SECOND) * SECOND;
}

/** Each speaks for the step before it, so that the last one is the end and none is about the time before. */
function timesOf({ from, to }: Span, step: Duration): Instant[] {
  const count = Math.floor((to - from) / step);
  return Array.from({ length: count }, (_, index) => to - (count - 1 - index) * step);
}

/** Between two points nothing is overlooked: a picture of a week would not show a spike of a minute otherwise. */
function overTime({ metric, expr, criterion }: Reported, policy: Policy, step: Duration): string {
  // Up to version 3 both ends of a range belong to it: what lies between two steps would speak for both.
  const window = formatDuration(step - 1);
  const name = criterion?.sustained === "average" ? "avg" : isLowBad(criterion) ? "min" : "max";
  const own = new Set(policy.metrics.map(({ record }) => record));
  const range =
    expr === null
      ? `${metric}{application="${policy.application.name}"}[${window}]`
      : `(${scopedExpression(expr, own, policy.application.name)})[${window}:]`;
  return `${name}_over_time(${range})`;
}

function isLowBad(criterion: Reported["criterion"]): boolean {
  return criterion?.green.comparison.startsWith(">") ?? false;
}

function criterionFor({ metric, expr, source, criterion }: Reported) {
  const green = { comparison: "<", value: 0 } as const;
  return criterion ?? { metric, expr, source, green, red: null, sustained: "whole-bake" as const };
}

/** Of several series the worst one speaks for the metric. */
function worstAt(reported: Reported, series: RangeAnswer["series"]): ReadonlyMap<Instant, number> {
  const criterion = criterionFor(reported);
  const found = new Map<Instant, number>();
  for (const { at, value } of series.flat()) {
    if (!Number.isFinite(value)) continue;
    const known = found.get(at);
    const worst = known === undefined ? value : worstValue(criterion, [known, value]);
    if (worst !== undefined) found.set(at, worst);
  }
  return found;
}
