import type { AlertRule } from "./alert.ts";
import type { Counted, GateCriterion } from "./gate.ts";
import { withLimits } from "./generate/stage-limits.ts";
import { nodesOf, type PromqlNode } from "./lint/promql.ts";
import type { MetricPolicy } from "./policy.ts";
import { truthExpression } from "./truth-expression.ts";

/** What a gate is made of where a policy has none. */
export interface DerivedFrom {
  readonly application: string;
  readonly alerts: readonly AlertRule[];
  readonly metrics: readonly MetricPolicy[];
  /** Null for an expression that cannot be read. */
  readonly read: (expr: string) => PromqlNode | null;
}

/** As the generator writes it where the policy says nothing. */
const DEFAULT_SEVERITY = "warning";

/**
 * The policy's own words for what is bad: a trigger that is true is red, a warning that is true is yellow, and neither
 * is green. A trigger on a metric that counts requests is judged by those counts.
 */
export function derivedCriteria(from: DerivedFrom): GateCriterion[] {
  const criteria = new Map<string, GateCriterion>();
  for (const criterion of [...countedCriteria(from), ...alertCriteria(from)]) {
    // Warnings may share a name, and an alert may have that of a metric.
    let name = criterion.metric;
    for (let next = 2; criteria.has(name); next++) name = `${criterion.metric} ${next}`;
    criteria.set(name, { ...criterion, metric: name });
  }
  return [...criteria.values()];
}

/** By the strictest trigger of each metric: beyond it is red, and up to its first warning is green. */
function countedCriteria({ alerts, metrics }: DerivedFrom): GateCriterion[] {
  return metrics.flatMap((metric): GateCriterion[] => {
    const { record, counts } = metric;
    const limitsOf = (some: readonly AlertRule[]): number[] =>
      some.flatMap((alert) => limitOf(alert, metric) ?? []);
    const red = limitsOf(alerts.filter(({ trigger }) => trigger !== null));
    const all = [...red, ...limitsOf(alerts.filter(isWarning))];
    if (counts === undefined || all.length === 0) return [];
    return [
      {
        metric: record,
        expr: null,
        source: "prometheus",
        green: { comparison: "<=", value: Math.min(...all) },
        red: red.length === 0 ? null : { comparison: ">", value: Math.min(...red) },
        sustained: "whole-bake",
        counted: countedBy(counts),
      },
    ];
  });
}

function countedBy(counts: Counted["counts"]): Counted {
  return { counts, judge: "sequential", minimum: 0, yellow: "as-before", compare: null };
}

/** Beyond which more of a metric that counts is bad; undefined where the alert says something else. */
function limitOf({ condition }: AlertRule, { record, counts }: MetricPolicy): number | undefined {
  if (condition === undefined || condition.metric !== record || counts === undefined) return undefined;
  return "limit" in condition && condition.bad === "above" ? condition.limit : undefined;
}

function alertCriteria({ application, alerts, metrics, read }: DerivedFrom): GateCriterion[] {
  return alerts.flatMap((alert): GateCriterion[] => {
    const isTrigger = alert.trigger !== null;
    if (!isTrigger && !isWarning(alert)) return [];
    if (metrics.some((metric) => limitOf(alert, metric) !== undefined)) return [];
    const expr = withLimits(alert, application);
    const node = read(expr);
    // What reads nothing is true or false whatever happens, as a Watchdog is.
    if (node === null || ![...nodesOf(node)].some(({ type }) => type === "selector")) return [];
    return [
      {
        metric: alert.alert,
        alert: alert.alert,
        expr: truthExpression(expr, node, alert.for),
        source: "prometheus",
        green: { comparison: "==", value: 0 },
        red: isTrigger ? { comparison: ">=", value: 1 } : null,
        sustained: "whole-bake",
      },
    ];
  });
}

/** What people are told of, without more: neither that we cannot see, nor what only says something of a state. */
function isWarning({ trigger, blind, labels }: AlertRule): boolean {
  const severity = labels.get("severity") ?? DEFAULT_SEVERITY;
  return trigger === null && !blind && ["warning", "critical"].includes(severity);
}
