import type { MetricCounts } from "../counts.ts";
import type { MetricPolicy } from "../policy.ts";
import { COUNT_WINDOWS, countSeries } from "../recorded-series.ts";
import type { Duration } from "../time.ts";
import { countExpressions } from "./count-expressions.ts";
import type { Version } from "./versions.ts";

/**
 * What is recorded of a metric's requests, before the metric that is made of it: rules are evaluated in their order.
 * Of a quantile nothing is: how many requests were slow depends on whose bound is asked for.
 */
export function countRules({ record, counts }: MetricPolicy, prometheus: Version): CountRule[] {
  const bound = counts === undefined ? null : boundOf(counts);
  if (counts === undefined || bound === null) return [];
  return COUNT_WINDOWS.flatMap((window) => {
    const { total, bad } = countExpressions(counts, bound, window, prometheus);
    return [
      { record: countSeries(record, "total", window), expr: total },
      { record: countSeries(record, "bad", window), expr: bad },
    ];
  });
}

/** Null where several may be asked for. A ratio needs none. */
function boundOf(counts: MetricCounts): Duration | null {
  if (counts.kind === "ratio") return 0;
  return "above" in counts.of ? counts.of.above : null;
}

interface CountRule {
  readonly record: string;
  readonly expr: string;
}
