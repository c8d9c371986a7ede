import type { Alert } from "../domain/alert.ts";
import type { Command } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import type { Policy } from "../domain/policy.ts";
import type { Reason } from "../domain/reason.ts";
import type { TierName } from "../domain/tier.ts";
import type { Lanes } from "./lanes.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, Recorder } from "./ports.ts";

/** What became of one alert of a webhook. */
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
}

export interface HandleAlerts {
  readonly clock: Clock;
  readonly policies: Policies;
  readonly lanes: Lanes;
  readonly recorder: Recorder;
  readonly logger: Logger;
}

/**
 * Decides every alert and commits what follows; resolves when all of it is committed.
 * @param application as the address named it; else each alert says it itself
 * @returns one outcome for each alert, in their order
 * @throws RollguardError `store_unavailable`, `lock_timeout`: some may be committed; all are to be sent again
 */
export async function handleAlerts(
  { policies, lanes, recorder, logger, clock }: HandleAlerts,
  alerts: readonly Alert[],
  application?: string,
): Promise<readonly AlertOutcome[]> {
  const outcomes: AlertOutcome[] = [];
  const batches = new Map<string, Batch>();
  const receivedAt = clock.now();
  for (const [index, alert] of alerts.entries()) {
    recorder.alertReceived(alert.status);
    const policy = policies.of(alert, application);
    if (policy === undefined)
      outcomes[index] = left(alert, "unknown_application", application ?? alert.application);
    else if (!mayMatter(alert, policy)) outcomes[index] = left(alert, "no_trigger", policy.application.name);
    else addTo(batches, policy.application.name, index, { type: "alert", alert, receivedAt });
  }
  await Promise.all(
    [...batches].map(async ([name, { indexes, commands }]) => {
      const decisions = await lanes.submit(name, commands);
      for (const [place, decision] of decisions.entries()) {
        const index = indexes[place] ?? 0;
        outcomes[index] = decided(alerts[index] as Alert, name, decision);
      }
    }),
  );
  for (const outcome of outcomes) {
    recorder.decided(outcome.reason, outcome.tier);
    tell(logger, outcome);
  }
  return outcomes;
}

interface Batch {
  readonly indexes: number[];
  readonly commands: Command[];
}

/** A resolved alert may be waited for though its trigger has gone from the policy: only the state knows. */
function mayMatter({ name, status }: Alert, { triggers }: Policy): boolean {
  return status === "resolved" || triggers.has(name);
}

function addTo(batches: Map<string, Batch>, application: string, index: number, command: Command): void {
  const batch = batches.get(application) ?? { indexes: [], commands: [] };
  batch.indexes.push(index);
  batch.commands.push(command);
  batches.set(application, batch);
}

function left(alert: Alert, reason: Reason, application: string | null): AlertOutcome {
  const { fingerprint, name } = alert;
  return { fingerprint, alert: name, application, reason, tier: null, rollback: null, revision: null };
}

function decided(alert: Alert, application: string, { decision, revision }: NumberedDecision): AlertOutcome {
  const { tier, rollback } = decision;
  const reason = decision.reason ?? "duplicate";
  return { fingerprint: alert.fingerprint, alert: alert.name, application, reason, tier, rollback, revision };
}

/**
 * What turned flags down, or ended it, is worth a line at any hour. The rest is in the ledger or the counters, and
 * in the log for somebody who is looking: a storm of absorbed alerts would bury the line that matters.
 */
function tell(logger: Logger, outcome: AlertOutcome): void {
  if (outcome.revision === null || outcome.reason === "absorbed") logger.debug(outcome, "alert decided");
  else logger.info(outcome, "alert decided");
}
