import { type FiringAlert, namesOf } from "./alert.ts";
import { acknowledgeEnded, isQuiet, lastStartOf, rememberEnded } from "./alert-memory.ts";
import type { AcknowledgeCommand } from "./command.ts";
import { isBlank } from "./decide-deploy.ts";
import { type Decision, decided, refuse } from "./decision.ts";
import { closing } from "./episode.ts";
import { refusalOfOperator } from "./refusal.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/**
 * An operator has understood a rollback: what it turned down leaves quarantine, and it is closed where nothing is known
 * to be wrong any more. Nothing is raised by that.
 */
export function decideAcknowledge(
  state: ApplicationState,
  command: AcknowledgeCommand,
  now: Instant,
): Decision {
  const refusal = refusalOfOperator(state, command) ?? refusalToAcknowledge(state, command);
  if (refusal !== null) return refuse(refusal);
  const { rollback: id, actor, reason } = command;
  const released = releasedBy(state, id);
  const open = state.rollback?.id === id ? state.rollback : null;
  const flags = released.length === 1 ? "1 flag leaves" : `${released.length} flags leave`;
  const event = eventOf({
    at: now,
    actor,
    reason: "approved",
    rollback: id,
    tier: open?.tier ?? null,
    ended: open !== null,
    detail: `acknowledged by ${actor}: ${reason}; ${flags} quarantine`,
  });
  const close = open === null ? [] : closing(state, open, state.revision + 1, now);
  return decided(
    event,
    [
      ...released,
      ...acknowledgeEnded(state, id),
      ...close,
      ...(open === null ? [] : keptAlerts(state, id, now)),
    ],
    [
      {
        subject: id,
        kind: "acknowledged",
        at: now,
        // Who heard of its beginning hears of this too.
        tier: (open ?? state.past.find((rollback) => rollback.id === id))?.tier ?? null,
        alert: null,
        flags: [],
        rollout: null,
        detail: event.detail,
        page: false,
      },
    ],
  );
}

function refusalToAcknowledge(
  state: ApplicationState,
  { rollback: id, reason, force }: AcknowledgeCommand,
): string | null {
  if (isBlank(reason)) return "say why: an acknowledgement needs a reason";
  const { rollback: open, alerts, past, verification } = state;
  if (open?.id === id) {
    const firing = new Map([...alerts].filter(([key]) => !isQuiet(state, key)));
    if (firing.size > 0 && !force)
      return `rollback ${id} is open: ${namesOf(firing)} still firing; wait until it resolves, or force it where Alertmanager knows better`;
    if (open.status === "verifying" && !force)
      return `rollback ${id} is being verified (${verification?.good ?? 0} good checks so far): wait for the verdict`;
    return null;
  }
  if (releasedBy(state, id).length > 0) return null;
  return past.some((rollback) => rollback.id === id)
    ? `rollback ${id} has been acknowledged: nothing of it is in quarantine any more`
    : `there is no rollback ${id} that something waits for; status lists what is in quarantine`;
}

/** Forced while alerts fire: they have been acted on, and are known until they resolve or begin anew. What is quiet has ended. */
function keptAlerts(state: ApplicationState, rollback: string, now: Instant): StateChange[] {
  const quiet: FiringAlert[] = [];
  const kept: StateChange[] = [];
  for (const [key, alert] of state.alerts) {
    const value = { ...alert, startsAt: lastStartOf(state, alert), why: "acknowledged" } as const;
    if (isQuiet(state, key)) quiet.push(alert);
    else kept.push({ kind: "kept", key, value });
  }
  return [...kept, ...rememberEnded(state, quiet, { rollback, acknowledged: true }, now)];
}

function releasedBy({ flags }: ApplicationState, rollback: string): StateChange[] {
  return [...flags]
    .filter(([, { quarantinedBy }]) => quarantinedBy === rollback)
    .map(([key, flag]) => ({ kind: "flag", key, value: { ...flag, quarantinedBy: null } }));
}
