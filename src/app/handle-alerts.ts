import type { Alert } from "../domain/alert.ts";
import type { AlertCommand, Command, NoticeCommand } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import type { Policy } from "../domain/policy.ts";
import { asksWhetherUp } from "../domain/scrape-sight.ts";
import type { Instant } from "../domain/time.ts";
import { type AlertOutcome, outcomeOf, outcomeOfLeft, tellOutcomes } from "./alert-outcome.ts";
import { type Asking, type AskWhetherFiring, submitAsking } from "./ask-whether-firing.ts";
import { isMisaddressed, misaddressed, type Truncation, truncated } from "./intake-notices.ts";
import type { Lanes } from "./lanes.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, Recorder } from "./ports.ts";
import type { Tally } from "./tally.ts";
import { timeRollback } from "./time-rollback.ts";
import type { AskWhyUnread } from "./why-unread.ts";

export interface HandleAlerts {
  readonly clock: Clock;
  readonly policies: Policies;
  readonly lanes: Lanes;
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly tally: Pick<Tally, "count">;
  /** Asks Alertmanager for what its webhooks have not brought; null: it is not configured. */
  readonly askForRest: (() => void) | null;
  /** Asks whether alerts fire, where that they do may be late news; null: nobody can be asked. */
  readonly askWhetherFiring: AskWhetherFiring | null;
  /** Asks whether the target of an alert answers and cannot be read; null: nobody can be asked. */
  readonly askWhyUnread: AskWhyUnread | null;
}

/** What a webhook says beside its alerts. */
export interface Envelope {
  /** The application that the address names. */
  readonly application?: string | undefined;
  /** Absent: the body is whole. */
  readonly truncation?: Truncation | undefined;
}

/**
 * Decides every alert and commits what follows; resolves when all of it is committed.
 * @returns one outcome for each alert, in their order
 * @throws RollguardError `store_unavailable`, `lock_timeout`: some may be committed; all are to be sent again
 */
export async function handleAlerts(
  tools: HandleAlerts,
  alerts: readonly Alert[],
  { application, truncation }: Envelope = {},
): Promise<readonly AlertOutcome[]> {
  const { policies, lanes, recorder, clock, tally } = tools;
  const asking = { firing: tools.askWhetherFiring, unread: tools.askWhyUnread };
  const outcomes: AlertOutcome[] = [];
  const batches = new Map<string, Batch>();
  for (const [index, alert] of alerts.entries()) {
    recorder.alertReceived(alert.status);
    const policy = policies.of(alert, application);
    if (policy === undefined) {
      outcomes[index] = outcomeOfLeft(alert, "unknown_application", application ?? alert.application);
      continue;
    }
    const { name } = policy.application;
    if (application !== undefined && isMisaddressed(alert, application, policy, policies)) {
      recorder.alertMisaddressed();
      batchOf(batches, policy, clock).notices[0] ??= misaddressed(alert, application, policy);
    }
    if (mayMatter(alert, policy)) addTo(batchOf(batches, policy, clock), index, alert, asking);
    else outcomes[index] = outcomeOfLeft(alert, "no_trigger", name);
  }
  if (truncation !== undefined) noteTruncation(tools, truncation, { alerts, application, batches });
  await Promise.all(
    [...batches].map(async ([name, { policy, indexes, commands, notices }]) => {
      const all = notices.length === 0 ? commands : [...commands, ...notices];
      const decisions = await submitAsking(lanes, asking, policy, all);
      for (const [place, decision] of decisions.entries()) {
        const index = indexes[place];
        if (index === undefined) {
          tellNotice(tools, name, decision);
          continue;
        }
        timeRollback(recorder, decision.decision);
        outcomes[index] = outcomeOf(alerts[index] as Alert, name, decision);
      }
    }),
  );
  tellOutcomes(tools, outcomes);
  tally.count(outcomes, clock.now());
  if (truncation !== undefined) tools.askForRest?.();
  return outcomes;
}

interface Batch {
  readonly policy: Policy;
  /** By the application's time. */
  readonly receivedAt: Instant;
  readonly indexes: number[];
  readonly commands: Command[];
  /** Decided behind the alerts: nothing of them waits for it. */
  readonly notices: NoticeCommand[];
}

/** A resolved alert may be waited for though its trigger has gone from the policy: only the state knows. */
function mayMatter({ name, status }: Alert, { triggers }: Policy): boolean {
  return status === "resolved" || triggers.has(name);
}

function batchOf(batches: Map<string, Batch>, policy: Policy, clock: Clock): Batch {
  const application = policy.application.name;
  const known = batches.get(application);
  if (known !== undefined) return known;
  const receivedAt = clock.now(application);
  const batch: Batch = { policy, receivedAt, indexes: [], commands: [], notices: [] };
  batches.set(application, batch);
  return batch;
}

function addTo(
  { policy, indexes, commands, receivedAt }: Batch,
  index: number,
  alert: Alert,
  { firing, unread }: Asking,
): void {
  indexes.push(index);
  const command: AlertCommand =
    firing === null
      ? { type: "alert", alert, receivedAt }
      : { type: "alert", alert, receivedAt, evidence: "to be asked" };
  const isAsked = unread !== null && asksWhetherUp(policy, alert.name);
  commands.push(isAsked ? { ...command, unread: "to be asked" } : command);
}

interface Body {
  readonly alerts: readonly Alert[];
  readonly application: string | undefined;
  readonly batches: Map<string, Batch>;
}

function noteTruncation(
  { policies, recorder, logger, clock, askForRest }: HandleAlerts,
  truncation: Truncation,
  { alerts, application, batches }: Body,
): void {
  recorder.alertsTruncated(truncation.alerts);
  const isAsked = askForRest !== null;
  const { applications, notice } = truncated(truncation, { alerts, address: application, policies, isAsked });
  for (const name of applications) {
    const policy = policies.get(name);
    if (policy !== undefined) batchOf(batches, policy, clock).notices.push(notice);
  }
  if (applications.size === 0) logger.warn({ receiver: truncation.receiver }, notice.detail);
}

/** Logged where people are told: a repetition of the same is for somebody who is looking. */
function tellNotice(
  { recorder, logger }: HandleAlerts,
  application: string,
  { decision, revision }: NumberedDecision,
): void {
  const { reason, detail } = decision;
  if (reason !== null) recorder.decided(reason, null);
  const tell = revision === null ? "debug" : "warn";
  logger[tell]({ application, reason, revision }, detail ?? "");
}
