import type { MetricCounts } from "../counts.ts";
import { COUNT_WINDOWS, countSeries } from "../recorded-series.ts";
import { type Duration, formatDuration } from "../time.ts";
import { isAtLeast, type Version } from "./versions.ts";

/** PromQL of requests that were counted within a window, summed over all instances. */
export interface CountExpressions {
  readonly total: string;
  readonly bad: string;
}

/**
 * What a metric counts. A histogram is read whichever way it is there: with buckets of its own, or native.
 * @param bound of a latency, in milliseconds: slower requests are bad. Nothing is bad where it is no bucket's bound,
 *   so that no number is made up. A ratio has none.
 */
export function countExpressions(
  counts: MetricCounts,
  bound: Duration,
  window: Duration,
  prometheus: Version,
): CountExpressions {
  const sum = (selector: string): string => `sum(increase(${selector}[${formatDuration(window)}]))`;
  if (counts.kind === "ratio") {
    const total = sum(counts.total);
    // A service that never failed has no series of failures.
    return { total, bad: `${sum(counts.bad)} or ${total} * 0` };
  }
  const { histogram } = counts;
  const count = sum(suffixed(histogram, "_count"));
  const slow = `${count} - ${sum(withMatcher(suffixed(histogram, "_bucket"), leMatcher(bound)))}`;
  if (!hasNativeHistograms(prometheus)) return { total: count, bad: slow };
  const native = sum(histogram);
  const share = `histogram_fraction(-Inf, ${bound / 1_000}, ${native})`;
  return {
    total: `${count} or histogram_count(${native})`,
    bad: `${slow} or histogram_count(${native}) * (1 - ${share})`,
  };
}

/** The functions that read them came with Prometheus 2.40. */
function hasNativeHistograms(prometheus: Version): boolean {
  return isAtLeast(prometheus, 2, 40);
}

/** The value that people are told, for the metric's own series: made of what is recorded of its counts just before. */
export function valueExpression(record: string, counts: MetricCounts, unit: string): string {
  const [window] = COUNT_WINDOWS;
  if (counts.kind === "latency" && "quantile" in counts.of) {
    const { histogram, of } = counts;
    const buckets = `sum by (le) (rate(${suffixed(histogram, "_bucket")}[${formatDuration(window)}]))`;
    const native = `sum(rate(${histogram}[${formatDuration(window)}]))`;
    return `(histogram_quantile(${of.quantile}, ${buckets}) or histogram_quantile(${of.quantile}, ${native})) * 1000`;
  }
  const share = `${countSeries(record, "bad", window)} / ${countSeries(record, "total", window)}`;
  return unit === "percent" ? `${share} * 100` : share;
}

/** Prometheus 3 writes the bound of a whole second as `1.0`, Prometheus 2 as the application does. */
function leMatcher(bound: Duration): string {
  const seconds = bound / 1_000;
  return Number.isInteger(seconds) ? `le=~"${seconds}([.]0)?"` : `le="${seconds}"`;
}

/** `requests{code="500"}` → `requests_count{code="500"}` */
function suffixed(selector: string, suffix: string): string {
  const at = selector.indexOf("{");
  return at < 0 ? `${selector}${suffix}` : `${selector.slice(0, at)}${suffix}${selector.slice(at)}`;
}

/** `requests{code="500"}` → `requests{code="500",le="1"}` */
function withMatcher(selector: string, matcher: string): string {
  return selector.endsWith("}") ? `${selector.slice(0, -1)},${matcher}}` : `${selector}{${matcher}}`;
}
