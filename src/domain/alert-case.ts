import type { Alert, FiringAlert, KeptAlert, KeptWhy, Trigger } from "./alert.ts";
import { forgetEnded, forgetPulse, keyOf, lastStartOf } from "./alert-memory.ts";
import type { AlertCommand } from "./command.ts";
import type { EventAlert } from "./event.ts";
import type { Policy } from "./policy.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/**
 * How many alerts one rollback keeps track of. Above it an alert that asks for nothing more is counted only, so that a
 * flood of label values cannot grow the state without bound; 10,000 alerts take about 2 MB.
 */
export const MAX_TRACKED_ALERTS = 10_000;
/** How many alerts of a name are kept track of that were kept back: they are for people, who read no more. */
export const MAX_KEPT_OF_A_NAME = 20;

/** Who decides on what: a firing alert, its trigger, and what is known. */
export interface AlertCase {
  readonly state: ApplicationState;
  readonly alert: Alert;
  readonly trigger: Trigger;
  readonly policy: Policy;
  readonly now: Instant;
  /** Who brought it. */
  readonly actor: string;
  readonly receivedAt: Instant | null;
  /** Of whether it fires now. */
  readonly evidence: AlertCommand["evidence"];
  /** Why it tells of no fault, as far as that is asked. */
  readonly unread: AlertCommand["unread"];
  /** In words, that it begins with the start of what had ended; null where it does not. */
  readonly late: string | null;
}

/** As events tell of it that did nothing for it. */
export function alertTold({ fingerprint, name, startsAt, labels }: Alert): EventAlert {
  return { fingerprint, name, startsAt, labels };
}

/** With what it says of itself, for people. */
export function alertWithTexts({ texts, ...alert }: Alert): EventAlert {
  return texts === undefined ? alertTold(alert) : { ...alertTold(alert), texts };
}

/** The open rollback waits for it. */
export function track(found: AlertCase): readonly StateChange[] {
  const { state, alert, policy, now } = found;
  const key = keyOf(alert);
  const flaps = state.alerts.get(key)?.flaps === true || isBackIn(state, key, policy, now);
  const value: FiringAlert = flaps ? { ...firingOf(found), flaps } : firingOf(found);
  return [{ kind: "alert", key, value }, ...forgetKept(state, key), ...begun(state, key)];
}

/** It fires, and no rollback waits for it. */
export function keep(found: AlertCase, why: KeptWhy): readonly StateChange[] {
  const key = keyOf(found.alert);
  return [{ kind: "kept", key, value: { ...firingOf(found), why } }, ...begun(found.state, key)];
}

function begun(state: ApplicationState, key: string): readonly StateChange[] {
  return [...forgetPulse(state, key), ...forgetEnded(state, key)];
}

/** It has ended so short a time ago that it is the same alert. */
export function isBackIn(
  { ended }: ApplicationState,
  key: string,
  { rollbacks: { holdDown } }: Policy,
  now: Instant,
): boolean {
  const last = ended.get(key);
  return last !== undefined && now < last.heardAt + holdDown;
}

export function forgetKept({ kept }: ApplicationState, key: string): readonly StateChange[] {
  return kept.has(key) ? [{ kind: "kept", key, value: null }] : [];
}

export function isTracked({ state, alert }: AlertCase): boolean {
  return state.alerts.has(keyOf(alert));
}

/** As what it is kept back, if it is: an alert that begins to fire anew is another one. */
export function keptAs(
  state: ApplicationState,
  alert: Pick<Alert, "fingerprint" | "name" | "startsAt">,
): KeptAlert | null {
  const known = state.kept.get(keyOf(alert));
  return known !== undefined && alert.startsAt <= lastStartOf(state, known) ? known : null;
}

/** Somebody has acknowledged it, or been called about it: until it begins anew nothing is done about it. */
export function isSettled(
  state: ApplicationState,
  alert: Pick<Alert, "fingerprint" | "name" | "startsAt">,
  trigger: Trigger | undefined,
): boolean {
  const why = keptAs(state, alert)?.why;
  return why === "acknowledged" || (why === "unrelated" && trigger?.suspects != null);
}

function firingOf({ alert, trigger, now }: AlertCase): FiringAlert {
  return {
    fingerprint: alert.fingerprint,
    name: alert.name,
    tier: trigger.tier,
    startsAt: alert.startsAt,
    receivedAt: now,
  };
}
