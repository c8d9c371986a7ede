import type { MetricCounts } from "./counts.ts";
import type { MetricPolicy } from "./policy.ts";
import { type Duration, formatDuration } from "./time.ts";

/** Over which the requests of every metric with counts are recorded. */
export const COUNT_WINDOWS = [60_000, 300_000] as const satisfies readonly Duration[];

/** Those of burn rates, which are recorded where an alert asks for one. */
export const BURN_WINDOWS: readonly Duration[] = [1_800_000, 3_600_000, 21_600_000];

/** `error_rate:bad:increase1m`: the requests of a metric that are counted within a window, in all instances. */
export function countSeries(record: string, what: "bad" | "total", window: Duration): string {
  return `${record}:${what}:increase${formatDuration(window)}`;
}

/**
 * As `countSeries` for those that are bad by a limit of the metric. A quantile has no bad requests of its own: there are
 * those that were slower than a bound of it, `p95_latency:above500ms:increase1m`.
 */
export function badSeries(record: string, counts: MetricCounts, limit: Duration, window: Duration): string {
  if (!isQuantile(counts)) return countSeries(record, "bad", window);
  // A metric's name has no dot.
  const bound = Number.isInteger(limit) ? `${limit}ms` : `${Math.round(limit * 1_000)}us`;
  return `${record}:above${bound}:increase${formatDuration(window)}`;
}

export function isQuantile(counts: MetricCounts): boolean {
  return counts.kind === "latency" && "quantile" in counts.of;
}

/** The names of all that may be recorded of some metrics; each has the application's label. */
export function recordedSeries(metrics: readonly MetricPolicy[]): string[] {
  return metrics.flatMap(({ record, counts }) => (counts === undefined ? [record] : seriesOf(record)));
}

/** What may be recorded of a metric that counts requests, and the metric itself. */
export function seriesOf(record: string): string[] {
  const windows = [...COUNT_WINDOWS, ...BURN_WINDOWS];
  const counts = windows.flatMap((window) => [
    countSeries(record, "total", window),
    countSeries(record, "bad", window),
  ]);
  return [record, ...counts];
}
