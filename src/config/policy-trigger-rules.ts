import type { YamlPath } from "../adapters/files/yaml-document.ts";
import { countsOf } from "./policy-metric-convert.ts";
import { isKnown, type Rule, type RuleContext } from "./policy-rule.ts";
import type { WrittenAlert, WrittenMetric } from "./policy-schema.ts";

/** What may be said of the metric of an alert. */
const KEYS = ["above", "below", "slo"] as const;

/** 14.4 times what is left must be less than everything, else it never fires. */
const LEAST_SLO = 94;

/** Alerts that are made of a metric instead of an expression. */
const metricAlerts: Rule = (context) => {
  for (const [index, alert] of context.policy.alerts.entries()) {
    const path = ["alerts", index];
    if (alert.metric === undefined) {
      if (context.isLeftOut([...path, "metric"])) continue;
      for (const key of KEYS)
        if (alert[key] !== undefined)
          context.report([...path, key], "goes with metric, and this alert has none", "key");
      continue;
    }
    if (alert.expr !== undefined)
      context.report([...path, "expr"], "an alert has either metric or expr: remove one of them", "key");
    if (alert.blind)
      context.report(
        [...path, "blind"],
        "a metric with a limit says what is wrong, not that we cannot see: write expr",
        "key",
      );
    if (!isKnown(context, "metric", alert.metric, [...path, "metric"])) continue;
    checkKeys(context, path, alert);
    const at = context.policy.metrics.findIndex(({ record }) => record === alert.metric);
    const metric = context.policy.metrics[at];
    // What is wrong with the metric itself has been told.
    if (metric !== undefined && !context.hasLeftOut(["metrics", at]))
      checkLimits(context, path, alert, metric);
  }
};

function checkKeys(context: RuleContext, path: YamlPath, alert: WrittenAlert): void {
  const used = KEYS.filter((key) => alert[key] !== undefined);
  const [first, second] = used;
  const isUnread =
    [...KEYS, "limits"].some((key) => context.isLeftOut([...path, key])) ||
    context.hasLeftOut([...path, "limits"]);
  if (second !== undefined)
    context.report(
      [...path, second],
      `an alert has one of above, below and slo: remove ${second} or ${first}`,
      "key",
    );
  else if (first !== undefined && alert.limits.length > 0)
    context.report([...path, "limits"], `limits take the place of above: remove them or ${first}`, "key");
  else if (first === undefined && alert.limits.length === 0 && !isUnread)
    context.report(
      [...path, "metric"],
      "needs above or below: the value from which on it is bad; or limits; or slo",
    );
}

function checkLimits(context: RuleContext, path: YamlPath, alert: WrittenAlert, metric: WrittenMetric): void {
  const { slo, above, below, limits } = alert;
  if (slo !== undefined) checkSlo(context, [...path, "slo"], slo, metric);
  if (countsOf(metric) === undefined) return;
  const all = {
    percent: 100,
    ratio: 1,
    milliseconds: Number.POSITIVE_INFINITY,
    count: Number.POSITIVE_INFINITY,
  }[metric.unit];
  const check = (at: YamlPath, limit: number | undefined): void => {
    if (limit === undefined || (limit > 0 && limit < all)) return;
    const range = Number.isFinite(all) ? `between 0 and ${all}` : "above 0";
    context.report(at, `no number of requests proves this: write a limit ${range}`);
  };
  check([...path, "above"], above);
  check([...path, "below"], below);
  for (const [row, { limit }] of limits.entries()) check([...path, "limits", row, "limit"], limit);
}

function checkSlo(context: RuleContext, path: YamlPath, slo: number, metric: WrittenMetric): void {
  const counts = countsOf(metric);
  if (counts === undefined)
    context.report(
      path,
      `the metric "${metric.record}" has no counts: slo needs a ratio, or a latency with above`,
    );
  else if (metric.latency?.quantile !== undefined)
    context.report(
      path,
      `the metric "${metric.record}" is a quantile: slo needs a ratio, or a latency with above`,
    );
  if (slo < LEAST_SLO || slo >= 100)
    context.report(
      path,
      `must be at least ${LEAST_SLO} and less than 100: the percentage of requests that must be good`,
    );
}

export const TRIGGER_RULES: readonly Rule[] = [metricAlerts];
