import { type Comparison, comparisonsIn, isNamedSelector, type PromqlNode } from "./promql.ts";
import type { AlertSubject } from "./subject.ts";

/** A limit that an alert sets for one metric. */
export interface Threshold {
  readonly alert: AlertSubject;
  readonly metric: string;
  /** Which side of the limit is bad. */
  readonly bad: "above" | "below";
  readonly value: number;
  readonly comparison: Comparison;
}

const BAD: ReadonlyMap<string, "above" | "below"> = new Map([
  [">", "above"],
  [">=", "above"],
  ["<", "below"],
  ["<=", "below"],
]);

/**
 * The limits that an alert sets by comparing a metric, and nothing but the metric, with a number. Of limits by
 * traffic it is the last: the one that holds for everybody. With a further condition, `and …`, it is no limit.
 */
export function thresholdsOf(alert: AlertSubject): Threshold[] {
  const { expr, limits } = alert;
  return comparisonsIn(expr.node === null ? [] : alternativesOf(expr.node)).flatMap((comparison) => {
    const { subject, op, valueSpan } = comparison;
    const bad = BAD.get(op);
    if (bad === undefined || !isNamedSelector(subject)) return [];
    const isLimit = expr.text.slice(valueSpan.from, valueSpan.to) === "$limit";
    const value = isLimit ? (limits.at(-1) ?? Number.NaN) : comparison.value;
    return [{ alert, metric: subject.metric, bad, value, comparison }];
  });
}

/** Each of which is enough for the alert to fire. */
function alternativesOf(node: PromqlNode): PromqlNode[] {
  return node.type === "binary" && node.op === "or"
    ? [...alternativesOf(node.left), ...alternativesOf(node.right)]
    : [node];
}

/** An alert that somebody gets up for, or that rolls back. */
export function isUrgent({ rollback, labels }: AlertSubject): boolean {
  return rollback !== null || labels.get("severity") === "critical";
}

export function isWarning({ rollback, labels }: AlertSubject): boolean {
  return rollback === null && labels.get("severity") === "warning";
}
