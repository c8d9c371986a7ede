import type { GateCriterion } from "../../domain/gate.ts";
import { scopedExpression } from "../../domain/generate/scoped-expression.ts";
import type { Policy } from "../../domain/policy.ts";
import { formatDuration } from "../../domain/time.ts";
import { recordedWithin } from "./freshness.ts";

/** What Prometheus is asked for a criterion of a gate, so that it answers of this application and of now. */
export function expressionOf({ metric, expr }: GateCriterion, policy: Policy): string {
  const { application, metrics, scrape } = policy;
  if (expr !== null) {
    const own = new Set(metrics.map(({ record }) => record));
    return scopedExpression(expr, own, application.name);
  }
  const series = `${metric}{application="${application.name}"}`;
  // A value whose rule is evaluated no more would stand for five minutes yet. The metric itself is read too: where
  // its rule gives nothing any more it has ended, which a range does not see.
  return `${series} and last_over_time(${series}[${formatDuration(recordedWithin(scrape))}])`;
}
