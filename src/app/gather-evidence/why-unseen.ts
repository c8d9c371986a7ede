import type { Policy } from "../../domain/policy.ts";
import { formatDuration } from "../../domain/time.ts";
import type { FailingRules } from "./failing-rules.ts";
import { recordedWithin } from "./freshness.ts";
import { isRecorded } from "./old-values.ts";

/** Metrics that say nothing of now. */
export interface Unseen {
  /** Their newest sample is old. */
  readonly old: readonly string[];
  /** They have no sample. */
  readonly missing: readonly string[];
}

/** Why that is, in words that stay the same from look to look. What is only missing is told as such elsewhere. */
export function whyUnseen({ old, missing }: Unseen, policy: Policy, { recording }: FailingRules): string[] {
  const limit = formatDuration(recordedWithin(policy.scrape));
  return [...new Set([...old, ...missing])].flatMap((metric) => {
    const failure = recording.get(metric);
    if (failure !== undefined) return [`the rule ${metric} fails: ${failure}`];
    if (!old.includes(metric)) return [];
    return isRecorded(metric, policy)
      ? [`the newest ${metric} is older than two evaluations (${limit})`]
      : [`the newest ${metric} is older than two of its scrapes`];
  });
}

/** Alerts of which it does not follow that all is well when they do not fire. */
export function whyDeaf({ alerts }: Policy, { alerting }: FailingRules): string[] {
  const calling = alerts.filter(
    ({ trigger, blind, labels }) => trigger !== null || blind || labels.get("severity") === "critical",
  );
  return calling.flatMap(({ alert }) => {
    const failure = alerting.get(alert);
    return failure === undefined ? [] : [`the rule ${alert} fails and cannot fire: ${failure}`];
  });
}
