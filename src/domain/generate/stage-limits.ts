import type { AlertRule } from "../alert.ts";
import { type Duration, formatDuration } from "../time.ts";
import type { RecordingRule } from "./rule-file.ts";

/** The traffic that stage limits are judged by: one series an application, however many responders tell it. */
export const KNOWN_TRAFFIC = "rollguard_traffic_percentage:known";

/**
 * For so long the last traffic that was seen still counts. A responder that restarts, or one lost scrape, does
 * not begin every `for` anew; and it is shorter than any `for` of minutes, so an old traffic alone rolls nothing
 * back.
 */
export const TRAFFIC_MEMORY: Duration = 2 * 60_000;

/**
 * Several responders tell the same traffic: the largest counts, for a full rollout is judged the least strictly.
 * When nobody has told it for a while it is taken for 100: what we do not see must not roll back, and the alert
 * RollguardTrafficUnknown says that a canary is not judged as one.
 */
export function knownTraffic(application: string): RecordingRule {
  const told = `rollguard_traffic_percentage{application="${application}"}`;
  return {
    record: KNOWN_TRAFFIC,
    expr: `max(${told}) or max(last_over_time(${told}[${formatDuration(TRAFFIC_MEMORY)}])) or vector(100)`,
    labels: { application },
  };
}

/** The expression for each row of limits with that row's traffic: exactly one of them applies at a time. */
export function withLimits({ expr, limits }: AlertRule, application: string): string {
  if (limits.length === 0) return expr;
  const traffic = `${KNOWN_TRAFFIC}{application="${application}"}`;
  return limits
    .map(({ traffic: upTo, limit, expr: own = limited(expr, limit) }, row) => {
      const above = limits[row - 1]?.traffic;
      const isLast = row === limits.length - 1;
      const range = `${above === undefined ? "" : ` > ${above}`}${isLast ? "" : ` <= ${upTo}`}`;
      // A line of its own for the parenthesis: the expression may end in a comment.
      const judged = `(\n  ${own}\n)`;
      return range === "" ? judged : `${judged} and on () (${traffic}${range})`;
    })
    .join("\nor\n");
}

/** The expression with a limit in the place of `$limit`. */
export function limited(expr: string, limit: number): string {
  return expr.replaceAll(/\$limit\b/g, String(limit));
}
