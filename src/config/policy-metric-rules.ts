import type { YamlPath } from "../adapters/files/yaml-document.ts";
import { type PlainSelector, readSelector } from "../adapters/promql/plain-selector.ts";
import { formatDuration } from "../domain/time.ts";
import type { WrittenMargin } from "./policy-metric-schema.ts";
import { expectUnique, type Rule, type RuleContext } from "./policy-rule.ts";
import type { WrittenMetric } from "./policy-schema.ts";

/** A metric is one of these. */
const KINDS = ["expr", "ratio", "latency"] as const;

/** An increase takes two scrapes, and the shortest window is a minute. */
const LONGEST_INTERVAL = 30_000;

const metricNames: Rule = (context) => {
  const { metrics } = context.policy;
  expectUnique(
    context,
    "the metric",
    metrics.map((metric) => metric.record),
    (index) => ["metrics", index, "record"],
  );
};

const kinds: Rule = (context) => {
  for (const [index, metric] of context.policy.metrics.entries()) {
    const path = ["metrics", index];
    const [, second] = KINDS.filter((kind) => metric[kind] !== undefined);
    if (second !== undefined)
      context.report(
        [...path, second],
        "a metric has one of expr, ratio and latency: remove the others",
        "key",
      );
    const isCounted = metric.ratio !== undefined || metric.latency !== undefined;
    const isUnread = KINDS.some((kind) => context.isLeftOut([...path, kind]));
    if (!isCounted && metric.expr === undefined && !isUnread)
      context.report([...path, "expr"], "one of expr, ratio and latency is required here");
    checkVariants(context, path, metric, isCounted || isUnread);
    checkLatency(context, path, metric);
    checkUnit(context, path, metric);
    for (const [at, selector] of selectorsOf(metric))
      checkSelector(context, [...path, ...at], selector, metric);
    if (metric.ratio !== undefined && metric.ratio.bad === metric.ratio.total)
      context.report([...path, "ratio", "bad"], "is the same as total: every request would count as failed");
  }
};

function checkVariants(
  context: RuleContext,
  path: YamlPath,
  metric: WrittenMetric,
  isCounted: boolean,
): void {
  const { by, compare } = metric;
  if (by !== undefined && !isCounted)
    context.report([...path, "by"], "tells requests apart, so the metric needs ratio or latency", "key");
  if (by !== undefined && by.treatment === by.control)
    context.report([...path, "by", "control"], "is the same as treatment: nothing would be told apart");
  if (compare === undefined) return;
  if (by === undefined && !context.isLeftOut([...path, "by"]))
    context.report([...path, "compare"], NEEDS_BY, "key");
  checkMargin(context, [...path, "compare", "margin"], compare.margin, metric);
}

export const NEEDS_BY =
  'compares treatment with control, so the metric needs by, e.g. { label: feature_flag_variant, treatment: "on", control: "off" }';

/** A share of requests: what differs by it can be at most all of them. */
export function checkMargin(
  context: RuleContext,
  path: YamlPath,
  { amount, isPercent }: WrittenMargin,
  { unit }: WrittenMetric,
): void {
  if (unit === "milliseconds" && !isPercent)
    context.report(path, "is a share of the requests: write it in percent, e.g. 0.5 %");
  else if (amount >= (unit === "ratio" && !isPercent ? 1 : 100))
    context.report(path, "must be less than all requests");
}

function checkLatency(context: RuleContext, path: YamlPath, { latency }: WrittenMetric): void {
  if (latency === undefined) return;
  const { above, quantile } = latency;
  if (above !== undefined && quantile !== undefined)
    context.report(
      [...path, "latency", "quantile"],
      "a latency has one of above and quantile: remove one",
      "key",
    );
  const isUnread = ["above", "quantile"].some((key) => context.isLeftOut([...path, "latency", key]));
  if (above === undefined && quantile === undefined && !isUnread)
    context.report(
      [...path, "latency"],
      "needs above (the share of requests above it, e.g. 500ms) or quantile (e.g. 0.95)",
    );
}

function checkUnit(context: RuleContext, path: YamlPath, { ratio, latency, unit }: WrittenMetric): void {
  if (latency?.quantile !== undefined && latency.above === undefined) {
    if (unit !== "milliseconds") context.report([...path, "unit"], "a quantile is in milliseconds");
  } else if ((ratio ?? latency?.above) !== undefined && unit !== "percent" && unit !== "ratio")
    context.report([...path, "unit"], "a share of requests is in percent, or a ratio from 0 to 1");
}

type Placed = readonly [at: YamlPath, text: string];

function selectorsOf({ ratio, latency }: WrittenMetric): Placed[] {
  return [
    ...(ratio === undefined ? [] : [[["ratio", "bad"], ratio.bad] satisfies Placed]),
    ...(ratio === undefined ? [] : [[["ratio", "total"], ratio.total] satisfies Placed]),
    ...(latency === undefined ? [] : [[["latency", "histogram"], latency.histogram] satisfies Placed]),
  ];
}

function checkSelector(context: RuleContext, path: YamlPath, text: string, { by }: WrittenMetric): void {
  const read = readSelector(text);
  if ("error" in read) {
    context.report(path, read.error);
    return;
  }
  if (path.at(-1) === "histogram") checkHistogram(context, path, read);
  if (by !== undefined && read.matchers.some(({ name }) => name === by.label))
    context.report(
      path,
      `matches ${by.label} itself, so treatment and control are not both among its counters`,
    );
}

function checkHistogram(context: RuleContext, path: YamlPath, { metric, matchers }: PlainSelector): void {
  const [, base, suffix] = /^(.+)_(bucket|count|sum)$/.exec(metric) ?? [];
  if (base !== undefined) context.report(path, `name the histogram without _${suffix}: ${base}`);
  if (/_(milliseconds|ms)$/.test(metric))
    context.report(path, "counts milliseconds: the bounds are read in seconds, as Prometheus' convention is");
  if (matchers.some(({ name }) => name === "le"))
    context.report(
      path,
      "matches le: which bucket is read follows from above, or from what judges the quantile",
    );
}

const scrapeInterval: Rule = (context) => {
  const { metrics, scrape } = context.policy;
  const counted = metrics.find(({ ratio, latency }) => ratio !== undefined || latency !== undefined);
  if (counted !== undefined && scrape.interval > LONGEST_INTERVAL)
    context.report(
      ["scrape", "interval"],
      `${counted.record} is counted over 1m, which takes two scrapes: at most ${formatDuration(LONGEST_INTERVAL)}`,
    );
};

export const METRIC_RULES: readonly Rule[] = [metricNames, kinds, scrapeInterval];
