import type { MetricCounts } from "../counts.ts";
import type { MetricPolicy } from "../policy.ts";
import { badSeries, countSeries } from "../recorded-series.ts";
import type { Duration } from "../time.ts";

/** What must hold of the requests of one window, while a shorter one shows that it goes on. */
export interface Half {
  /** The share of bad requests that is too many, 0 … 1. */
  readonly limit: number;
  readonly window: Duration;
  /** How far beyond the limit, in standard deviations of a service that is just at it. */
  readonly deviations: number;
  /** How many bad requests it takes at least; between two whole numbers, so that rounding decides nothing. */
  readonly floor: number;
  /** While the requests of this window show that it goes on; null: the window is so short that it does by itself. */
  readonly still: Still | null;
}

/** More of them must be bad than one that strays, and where there was no request at all nothing says that it is over. */
interface Still {
  readonly window: Duration;
  /** As in the half that it confirms. */
  readonly deviations: number;
}

const MINUTE = 60_000;

/**
 * Of a hundred requests two, of ten one. At the limit itself one that strays would be enough of a hundred, and what was a
 * burst would be pending for as long as its window remembers it.
 */
const STILL = 0.5;

/**
 * A large breach shows within a minute, and a small one within five. It takes both, the floor and the deviations, so
 * that no single request rolls back; docs/judging.md says how often each is wrong.
 * @param limit share of requests, 0 … 1
 */
export function limitHalves(limit: number): Half[] {
  const still = { window: MINUTE, deviations: STILL };
  return [
    { limit, window: MINUTE, deviations: 5, floor: 1.5, still: null },
    { limit, window: 5 * MINUTE, deviations: 3.5, floor: 4.5, still },
  ];
}

/**
 * A fiftieth of a month's error budget gone in an hour, or a twentieth in six, and still going.
 * @param slo percent of requests that must be good
 */
function burnHalves(slo: number): Half[] {
  const budget = tidy(1 - slo / 100);
  const half = (rate: number, window: Duration, stillIn: Duration): Half => ({
    limit: tidy(rate * budget),
    window,
    deviations: 3.5,
    floor: 4.5,
    still: { window: stillIn, deviations: STILL },
  });
  return [half(14.4, 60 * MINUTE, 5 * MINUTE), half(6, 360 * MINUTE, 30 * MINUTE)];
}

/** A metric that knows its requests. */
export type CountedMetric = MetricPolicy & { readonly counts: MetricCounts };

interface Beyond {
  readonly bad: "above" | "below";
  /** In the metric's unit. */
  readonly limit: number;
}

/**
 * True while so many requests are bad that a service at the limit would hardly ever have as many. It is Wilson's lower
 * bound of the share, compared with the limit and without a division, which would be 0/0 without requests. Its value is
 * the metric's, for people.
 * @param scrape between two scrapes: `increase()` takes what was counted between the samples of a window for a whole one
 */
export function limitExpression(metric: CountedMetric, beyond: Beyond, scrape: Duration): string {
  const share = shareOf(metric, beyond.limit);
  const halves = limitHalves(beyond.bad === "above" ? share : tidy(1 - share));
  return scoreExpression(metric, beyond, halves, scrape);
}

/** As `limitExpression`, for an error budget. */
export function burnExpression(metric: CountedMetric, slo: number, scrape: Duration): string {
  return scoreExpression(metric, { bad: "above", limit: 0 }, burnHalves(slo), scrape);
}

/** The share of requests that a limit of a metric stands for, 0 … 1: more than 5 % of them are slower than a 95th percentile. */
export function shareOf({ counts, unit }: CountedMetric, limit: number): number {
  if (counts.kind === "latency" && "quantile" in counts.of) return tidy(1 - counts.of.quantile);
  return unit === "percent" ? tidy(limit / 100) : limit;
}

function scoreExpression(
  metric: CountedMetric,
  beyond: Beyond,
  halves: readonly Half[],
  scrape: Duration,
): string {
  const lines = halves.map((half) => `  ${halfText(metric, beyond, half, scrape)}`);
  return `${metric.record} and (\n${lines.join("\n  or\n")}\n)`;
}

function halfText(metric: CountedMetric, beyond: Beyond, half: Half, scrape: Duration): string {
  const { limit, window, deviations, floor, still } = half;
  const all = (of: Duration): string => countSeries(metric.record, "total", of);
  // Of a metric that must not be low those are bad that are not counted.
  const bad = (of: Duration): string => {
    const counted = badSeries(metric.record, metric.counts, beyond.limit, of);
    return beyond.bad === "above" ? counted : `(${all(of)} - ${counted})`;
  };
  const most = (by: number, of: Duration): string =>
    `${limit} * ${all(of)} + ${by} * sqrt(${tidy(limit * (1 - limit))} * ${all(of)})`;
  const least = floor * (window / (window - scrape));
  return [
    `${bad(window)} >= ${Number(least.toPrecision(4))}`,
    `${bad(window)} > ${most(deviations, window)}`,
    // Not ">": without requests both sides are 0, and a minute without any must not end what is pending.
    ...(still === null ? [] : [`${bad(still.window)} >= ${most(still.deviations, still.window)}`]),
  ].join(" and ");
}

/** Without what floating point leaves behind the last digit: it would be written into the rules. */
function tidy(value: number): number {
  return Number(value.toPrecision(10));
}
