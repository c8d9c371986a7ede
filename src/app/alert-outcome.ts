import type { Alert } from "../domain/alert.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import type { Reason } from "../domain/reason.ts";
import type { TierName } from "../domain/tier.ts";
import type { Logger, Recorder } from "./ports.ts";

/** What became of one alert. */
export interface AlertOutcome {
  readonly fingerprint: string;
  readonly alert: string;
  /** The application's name; what the alert called itself when no policy knows it; null when it said nothing. */
  readonly application: string | null;
  readonly reason: Reason;
  readonly tier: TierName | null;
  readonly rollback: string | null;
  /** The revision that this alert made; null when it changed nothing. */
  readonly revision: number | null;
  /** An environment override masks it. */
  readonly warning?: string;
}

/** Of an alert that was decided on. */
export function outcomeOf(
  { fingerprint, name }: Alert,
  application: string,
  { decision, revision }: NumberedDecision,
): AlertOutcome {
  const { tier, rollback, warning } = decision;
  const reason = decision.reason ?? "duplicate";
  const outcome = { fingerprint, alert: name, application, reason, tier, rollback, revision };
  return warning === undefined ? outcome : { ...outcome, warning };
}

/** Of an alert that nobody had to decide on. */
export function outcomeOfLeft(alert: Alert, reason: Reason, application: string | null): AlertOutcome {
  const { fingerprint, name } = alert;
  return { fingerprint, alert: name, application, reason, tier: null, rollback: null, revision: null };
}

/**
 * Counted and logged. What turned flags down, or ended it, is worth a line at any hour. The rest is in the ledger or the
 * counters, and in the log for somebody who is looking: a storm of absorbed alerts would bury the line that matters.
 */
export function tellOutcomes(
  { recorder, logger }: { readonly recorder: Recorder; readonly logger: Logger },
  outcomes: readonly AlertOutcome[],
): void {
  for (const outcome of outcomes) {
    recorder.decided(outcome.reason, outcome.tier);
    if (outcome.warning !== undefined) logger.warn(outcome, "alert decided");
    else if (outcome.revision === null || outcome.reason === "absorbed")
      logger.debug(outcome, "alert decided");
    else logger.info(outcome, "alert decided");
  }
}
