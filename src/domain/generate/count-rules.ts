import type { AlertRule } from "../alert.ts";
import type { MetricCounts } from "../counts.ts";
import type { MetricPolicy } from "../policy.ts";
import { BURN_WINDOWS, badSeries, COUNT_WINDOWS, countSeries, isQuantile } from "../recorded-series.ts";
import type { Duration } from "../time.ts";
import { countExpressions } from "./count-expressions.ts";
import type { Version } from "./versions.ts";

/**
 * What is recorded of a metric's requests, before the metric that is made of it: rules are evaluated in their order.
 * Of a quantile it is what alerts ask for: how many requests were slow depends on the bound.
 */
export function countRules(
  metric: MetricPolicy,
  alerts: readonly AlertRule[],
  prometheus: Version,
): CountRule[] {
  const { record, counts } = metric;
  if (counts === undefined) return [];
  const asked = alerts.filter(({ condition }) => condition?.metric === record);
  const bounds = isQuantile(counts) ? boundsOf(metric, alerts) : [boundOf(counts)];
  const burns = asked.some(({ condition }) => condition !== undefined && "slo" in condition);
  const windows = burns ? [...COUNT_WINDOWS, ...BURN_WINDOWS] : COUNT_WINDOWS;
  return windows.flatMap((window) =>
    bounds.flatMap((bound, index) => {
      const { total, bad } = countExpressions(counts, bound, window, prometheus);
      return [
        ...(index === 0 ? [{ record: countSeries(record, "total", window), expr: total }] : []),
        { record: badSeries(record, counts, bound, window), expr: bad },
      ];
    }),
  );
}

/** The bounds of a quantile that alerts name, each once, in milliseconds. */
export function boundsOf({ record }: MetricPolicy, alerts: readonly AlertRule[]): Duration[] {
  const limits = alerts.flatMap(({ condition, limits }) =>
    condition?.metric !== record || "slo" in condition
      ? []
      : [condition.limit, ...limits.map(({ limit }) => limit)],
  );
  return [...new Set(limits)].sort((one, other) => one - other);
}

/** A ratio needs none. */
function boundOf(counts: MetricCounts): Duration {
  return counts.kind === "latency" && "above" in counts.of ? counts.of.above : 0;
}

interface CountRule {
  readonly record: string;
  readonly expr: string;
}
