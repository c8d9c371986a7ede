import type { AlertRule } from "../alert.ts";
import type { Policy } from "../policy.ts";
import { formatDuration } from "../time.ts";
import type { AlertingRule } from "./rule-file.ts";
import { scopedExpression } from "./scoped-expression.ts";
import { withLimits } from "./stage-limits.ts";
import { templated } from "./template-text.ts";
import { isAtLeast, type Target } from "./versions.ts";

/** What the alert calls for is in its labels: Alertmanager routes by them. */
export const BLIND_LABEL = "blind";
export const ROLLBACK_LABEL = "rollback";

/** The generator's own labels; a policy's value would send the alert elsewhere. */
const RESERVED = ["alertname", "application", ROLLBACK_LABEL, BLIND_LABEL];

export interface RuleContext {
  readonly policy: Policy;
  readonly target: Target;
  /** Metrics that other applications record too. */
  readonly sharedMetrics: ReadonlySet<string>;
}

export function alertingRule(entry: AlertRule, { policy, target, sharedMetrics }: RuleContext): AlertingRule {
  const { name } = policy.application;
  return {
    alert: entry.alert,
    expr: scopedExpression(withLimits(entry, name), sharedMetrics, name),
    ...(entry.for > 0 ? { for: formatDuration(entry.for) } : {}),
    ...(entry.keepFiringFor !== null && isAtLeast(target.prometheus, 2, 42)
      ? { keep_firing_for: formatDuration(entry.keepFiringFor) }
      : {}),
    labels: labelsOf({ ...entry, rollback: entry.trigger?.tier ?? null }, name),
    annotations: annotationsOf(entry),
  };
}

/** What an alert says of itself, whether it stands in a policy that can be loaded or in one with mistakes. */
export interface AlertWords {
  readonly alert: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly rollback: string | null;
  readonly blind: boolean;
}

export function labelsOf(
  { labels, rollback, blind }: Omit<AlertWords, "alert" | "annotations">,
  application: string,
): Record<string, string> {
  const calls = rollback !== null || blind;
  const result = recordOf([
    ["application", application],
    ["severity", labels.get("severity") ?? (calls ? "critical" : "warning")],
  ]);
  if (rollback !== null) result[ROLLBACK_LABEL] = rollback;
  if (blind) result[BLIND_LABEL] = "true";
  for (const [label, value] of labels) if (!RESERVED.includes(label)) result[label] = templated(value);
  return result;
}

/** Whoever is woken by the alert finds what it is, the value, and what to do, also when the policy says less. */
export function annotationsOf({
  alert,
  annotations,
}: Pick<AlertWords, "alert" | "annotations">): Record<string, string> {
  const defaults: [string, string][] = [
    ["summary", alert],
    ["description", "The value is {{ $value }}."],
    ["runbook_url", `docs/runbooks/${alert}.md`],
  ];
  const written = new Map([...defaults, ...annotations]);
  return recordOf([...written].map(([key, text]) => [key, templated(text)]));
}

/** Label names are outside text. */
function recordOf(entries: readonly (readonly [string, string])[]): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (const [key, value] of entries) record[key] = value;
  return record;
}
