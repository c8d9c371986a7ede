import { readSelector, selectorText } from "../adapters/promql/plain-selector.ts";
import type { MetricCounts } from "../domain/counts.ts";
import type { Counted } from "../domain/gate.ts";
import { valueExpression } from "../domain/generate/count-expressions.ts";
import type { MetricPolicy } from "../domain/policy.ts";
import type { WrittenMargin } from "./policy-metric-schema.ts";
import type { WrittenCriterion, WrittenMetric } from "./policy-schema.ts";

export function toMetric(written: WrittenMetric): MetricPolicy {
  const { record, unit, noData, by } = written;
  const counts = countsOf(written);
  if (counts === undefined) return { record, expr: written.expr ?? "", unit, noData };
  return {
    record,
    expr: valueExpression(record, counts, unit),
    unit,
    noData,
    counts,
    ...(by === undefined ? {} : { by }),
  };
}

/** Undefined for a metric that is an expression, and for one that is not all there. */
export function countsOf({ ratio, latency }: WrittenMetric): MetricCounts | undefined {
  if (ratio !== undefined) return { kind: "ratio", bad: canonical(ratio.bad), total: canonical(ratio.total) };
  if (latency === undefined) return undefined;
  const { histogram, above, quantile } = latency;
  const of = above !== undefined ? { above } : quantile !== undefined ? { quantile } : undefined;
  return of && { kind: "latency", histogram: canonical(histogram), of };
}

function canonical(selector: string): string {
  const read = readSelector(selector);
  return "error" in read ? selector : selectorText(read);
}

/** How a criterion is judged by the counts of its metric; undefined where that has none. */
export function toCounted(
  metric: WrittenMetric | undefined,
  { judge = "sequential", minimum = 0, yellow = "as-before", compare }: WrittenCriterion,
): Counted | undefined {
  const counts = metric && countsOf(metric);
  if (metric === undefined || counts === undefined) return undefined;
  const margin = (compare ?? metric.compare)?.margin;
  const { by } = metric;
  const isCompared = judge === "sequential" && by !== undefined && margin !== undefined;
  return {
    counts,
    judge,
    minimum,
    yellow,
    compare: isCompared ? { by, margin: marginOf(margin, metric.unit) } : null,
    ...(metric.unit === "ratio" && { unit: metric.unit }),
  };
}

/** In the metric's unit; of a quantile it is a share of the requests, in percent. */
function marginOf({ amount, isPercent }: WrittenMargin, unit: WrittenMetric["unit"]): number {
  return isPercent && unit === "ratio" ? amount / 100 : amount;
}
