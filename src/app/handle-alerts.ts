import type { Alert } from "../domain/alert.ts";
import type { Command } from "../domain/command.ts";
import type { Policy } from "../domain/policy.ts";
import { type AlertOutcome, outcomeOf, outcomeOfLeft, tellOutcomes } from "./alert-outcome.ts";
import type { Lanes } from "./lanes.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, Recorder } from "./ports.ts";
import type { Tally } from "./tally.ts";
import { timeRollback } from "./time-rollback.ts";

export interface HandleAlerts {
  readonly clock: Clock;
  readonly policies: Policies;
  readonly lanes: Lanes;
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly tally: Pick<Tally, "count">;
}

/**
 * Decides every alert and commits what follows; resolves when all of it is committed.
 * @param application as the address named it; else each alert says it itself
 * @returns one outcome for each alert, in their order
 * @throws RollguardError `store_unavailable`, `lock_timeout`: some may be committed; all are to be sent again
 */
export async function handleAlerts(
  { policies, lanes, recorder, logger, clock, tally }: HandleAlerts,
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
      outcomes[index] = outcomeOfLeft(alert, "unknown_application", application ?? alert.application);
    else if (!mayMatter(alert, policy))
      outcomes[index] = outcomeOfLeft(alert, "no_trigger", policy.application.name);
    else addTo(batches, policy.application.name, index, { type: "alert", alert, receivedAt });
  }
  await Promise.all(
    [...batches].map(async ([name, { indexes, commands }]) => {
      const decisions = await lanes.submit(name, commands);
      for (const [place, decision] of decisions.entries()) {
        const index = indexes[place] ?? 0;
        timeRollback(recorder, decision.decision);
        outcomes[index] = outcomeOf(alerts[index] as Alert, name, decision);
      }
    }),
  );
  tellOutcomes({ recorder, logger }, outcomes);
  tally.count(outcomes, receivedAt);
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
