import type { AlertRule } from "../domain/alert.ts";
import { burnExpression, limitExpression } from "../domain/generate/score-expression.ts";
import type { MetricPolicy } from "../domain/policy.ts";
import type { Duration } from "../domain/time.ts";
import type { WrittenAlert } from "./policy-schema.ts";

/** Of an alert on a metric: a single bad evaluation is not enough. */
export const METRIC_FOR: Duration = 60_000;

/** How long it must hold before the alert fires. */
export function waitOf({ for: wait, metric }: WrittenAlert): Duration {
  return wait ?? (metric === undefined ? 0 : METRIC_FOR);
}

/** What an alert judges, as a rule file says it. */
type Judged = Pick<AlertRule, "expr" | "condition" | "limits">;

/**
 * An alert's expression as somebody wrote it, or made of a metric and what is said of it.
 * @param scrape between two scrapes
 */
export function toJudged(written: WrittenAlert, metrics: readonly MetricPolicy[], scrape: Duration): Judged {
  const { expr = "", limits, slo } = written;
  const metric = metrics.find(({ record }) => record === written.metric);
  if (metric === undefined) return { expr, limits };
  const { record, counts } = metric;
  if (slo !== undefined && counts !== undefined)
    return {
      expr: burnExpression({ ...metric, counts }, slo, scrape),
      condition: { metric: record, slo },
      limits,
    };
  const bad = written.below === undefined ? "above" : "below";
  const limit = written.below ?? written.above ?? limits.at(-1)?.limit ?? 0;
  const condition = { metric: record, bad, limit } as const;
  if (counts === undefined) {
    const sign = bad === "above" ? ">" : "<";
    return { expr: `${record} ${sign} ${limits.length > 0 ? "$limit" : limit}`, condition, limits };
  }
  const at = (limit: number): string => limitExpression({ ...metric, counts }, { bad, limit }, scrape);
  return { expr: at(limit), condition, limits: limits.map((row) => ({ ...row, expr: at(row.limit) })) };
}
