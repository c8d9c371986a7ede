import type { Alert, FiringAlert, Trigger } from "./alert.ts";
import { alertTold, forgetKept } from "./alert-case.ts";
import { fallsQuiet, isOfEarlier, keyOf, rememberEnded } from "./alert-memory.ts";
import type { QuietCommand } from "./command.ts";
import { type Decision, decided, leave, note } from "./decision.ts";
import { CLOCK } from "./due.ts";
import { closing, isOver } from "./episode.ts";
import type { EventBody } from "./event.ts";
import { keptIsOver } from "./keep-back.ts";
import type { Message } from "./message.ts";
import type { Policy } from "./policy.ts";
import type { Rollback } from "./rollback.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import { formatDuration, type Instant } from "./time.ts";

/** An alert that is told to have resolved. */
export interface Resolved {
  readonly state: ApplicationState;
  readonly alert: Alert;
  /** Undefined: it has gone from the policy meanwhile, which keeps no rollback open. */
  readonly trigger: Trigger | undefined;
  readonly policy: Policy;
  readonly now: Instant;
  readonly actor: string;
}

/**
 * A resolved alert is told no longer, and nothing more: Alertmanager says so too where its rule fails, or where two
 * Prometheus disagree. It ends itself, and the last one the rollback if that is known to have helped; it never raises
 * anything again. What has come back once, or was kept back, ends when it has been quiet for the hold-down.
 */
export function decideResolved(resolved: Resolved): Decision {
  const { state, alert, trigger, policy, now, actor } = resolved;
  const key = keyOf(alert);
  const tracked = state.alerts.get(key);
  const held = tracked ?? state.kept.get(key);
  if (held === undefined || isOfEarlier(state, alert, held))
    return trigger === undefined ? leave("no_trigger") : leave("resolved", trigger.tier);
  const mayComeBack = tracked === undefined || tracked.flaps === true;
  if (mayComeBack && policy.rollbacks.holdDown > 0) {
    const waitedFor = tracked === undefined ? null : state.rollback;
    return { ...leave("resolved", held.tier, waitedFor?.id), changes: fallsQuiet(state, held, now) };
  }
  return ends({ state, held, now, actor, alert, detail: null });
}

/** When the first one that is quiet is over; null while none is. */
export function nextQuietOf({ pulses }: ApplicationState, policy: Policy): Instant | null {
  let first: Instant | null = null;
  for (const { quietSince } of pulses.values())
    if (quietSince !== null && (first === null || quietSince < first)) first = quietSince;
  return first === null ? null : first + policy.rollbacks.holdDown;
}

/** The alerts whose hold-down is over. */
export function quietCommands(
  { pulses }: ApplicationState,
  { rollbacks: { holdDown } }: Policy,
  now: Instant,
): readonly QuietCommand[] {
  return [...pulses]
    .filter(([, { quietSince }]) => quietSince !== null && quietSince + holdDown <= now)
    .map(([key]) => ({ type: "quiet", key }));
}

/** It has not come back within the hold-down: it has ended. */
export function decideQuiet(
  state: ApplicationState,
  { key }: QuietCommand,
  { rollbacks: { holdDown } }: Policy,
  now: Instant,
): Decision {
  const quietSince = state.pulses.get(key)?.quietSince ?? null;
  const held = state.alerts.get(key) ?? state.kept.get(key);
  if (held === undefined || quietSince === null || now < quietSince + holdDown) return note();
  const { fingerprint, name, startsAt } = held;
  const detail = `${name} has not come back for ${formatDuration(holdDown)}`;
  const alert: Alert = {
    fingerprint,
    name,
    status: "resolved",
    startsAt,
    endsAt: quietSince,
    application: null,
    job: null,
    labels: {},
  };
  return ends({ state, held, now, actor: CLOCK, alert, detail });
}

interface End {
  readonly state: ApplicationState;
  readonly held: FiringAlert;
  readonly alert: Alert;
  readonly now: Instant;
  readonly actor: string;
  readonly detail: string | null;
}

function ends(end: End): Decision {
  const { state, held } = end;
  const open = state.rollback;
  return open !== null && state.alerts.has(keyOf(held)) ? endsOf(end, open) : endsKept(end);
}

function endsOf(end: End, open: Rollback): Decision {
  const { state, held, alert, now } = end;
  const key = keyOf(held);
  const ended = isOver(open, state.alerts.size - 1);
  const event = told(end, open, ended);
  const { endsAt } = alert;
  const remembered = rememberEnded(state, [held], { endsAt, rollback: open.id, acknowledged: false }, now);
  if (!ended) return decided(event, [{ kind: "alert", key, value: null }, ...remembered], []);
  const message: Message = {
    subject: open.id,
    kind: "ended",
    at: now,
    tier: open.tier,
    alert: alert.name,
    flags: [],
    rollout: null,
    detail: event.detail,
    page: false,
  };
  const closed: readonly StateChange[] = closing(state, open, state.revision + 1, now);
  return decided(event, [...closed, ...remembered], [message]);
}

/** What no rollback waits for. */
function endsKept(end: End): Decision {
  const { state, held, alert, now } = end;
  const key = keyOf(held);
  const event = told(end, null, false);
  const acknowledged = state.kept.get(key)?.why === "acknowledged";
  const { endsAt } = alert;
  return decided(
    event,
    [
      ...forgetKept(state, key),
      ...rememberEnded(state, [held], { endsAt, rollback: null, acknowledged }, now),
    ],
    keptIsOver({ state, event, key }, alert.name),
  );
}

function told(
  { held, alert, now, actor, detail }: End,
  rollback: Rollback | null,
  ended: boolean,
): EventBody {
  return eventOf({
    at: now,
    actor,
    reason: "resolved",
    rollback: rollback?.id ?? null,
    tier: held.tier,
    alert: alertTold(alert),
    ended,
    detail,
  });
}
