import type { GateCriterion } from "./gate.ts";
import type { Policy } from "./policy.ts";

/**
 * What Prometheus says of a target that has answered, and of which it could or would not read the answer: measured with
 * 2.42.0, and as they stand in the sources of 3.14.0 (scrape/scrape.go, model/textparse). All else counts as down: refused,
 * timed out, cut off in the middle, any HTTP status but 200, and what is not known.
 */
const ANSWERED: readonly RegExp[] = [
  // A line, or a whole body, that is no metric.
  /\bwhile parsing: "/,
  /^expected .*, got /,
  /^strconv\.ParseFloat: /,
  /is not a valid start token/,
  /# EOF$/,
  /\bUTF-8 label value\b/,
  /is not a valid utf8 string/,
  /^invalid (?:metric|help|exemplar|timestamp)/,
  /^metric name (?:already|not) set/,
  /^missing metric name/,
  /^unsupported character in float/,
  /not a suffix of metric/,
  /^unknown metric type/,
  /^gzip: invalid /,
  // From 3.0 on.
  /\bContent-Type\b/,
  // Limits of the scrape configuration.
  /^(?:sample limit|body size limit|histogram bucket limit) exceeded/,
  /^(?:label_limit|label_name_length_limit|label_value_length_limit|target_limit) exceeded/,
];

/** Whether a scrape failed for what the target said, and not because it is down. */
export function isAnswered(lastError: string): boolean {
  return ANSWERED.some((pattern) => pattern.test(lastError));
}

interface AskingUp {
  readonly metrics: ReadonlySet<string>;
  readonly alerts: ReadonlySet<string>;
}

const known = new WeakMap<Policy, AskingUp>();

/** The alerts that ask whether targets are up, themselves or by a metric that the policy records. */
export function asksWhetherUp(policy: Policy, alert: string): boolean {
  return askingUp(policy).alerts.has(alert);
}

/** The same of a criterion of a gate. */
export function judgesWhetherUp(
  policy: Policy,
  { metric, expr }: Pick<GateCriterion, "metric" | "expr">,
): boolean {
  return reads(expr ?? metric, askingUp(policy).metrics);
}

function askingUp(policy: Policy): AskingUp {
  const found = known.get(policy) ?? findAskingUp(policy);
  known.set(policy, found);
  return found;
}

function findAskingUp({ metrics, alerts }: Policy): AskingUp {
  const ofUp = new Set(["up"]);
  // A metric may be made of one that stands behind it: as often as there are metrics, and no oftener.
  for (let size = 0; size !== ofUp.size; ) {
    size = ofUp.size;
    for (const { record, expr } of metrics) if (reads(expr, ofUp)) ofUp.add(record);
  }
  const asking = alerts.filter(({ expr }) => reads(expr, ofUp));
  return { metrics: ofUp, alerts: new Set(asking.map(({ alert }) => alert)) };
}

/** By the names in it. One too many costs a question. */
function reads(expr: string, metrics: ReadonlySet<string>): boolean {
  const names = expr.replaceAll(/"[^"]*"|'[^']*'|#.*/g, "").match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? [];
  return names.some((name) => metrics.has(name));
}
