import type { Alert, FiringAlert, KeptAlert, KeptWhy, Trigger } from "./alert.ts";
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
}

/** The name belongs to it: a fingerprint is what the sender says, and must not let one alert hide another. */
export function keyOf({ fingerprint, name }: Pick<Alert, "fingerprint" | "name">): string {
  return `${fingerprint}:${name}`;
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
  const key = keyOf(found.alert);
  const value = firingOf(found);
  return [{ kind: "alert", key, value }, ...forgetKept(found.state, key)];
}

/** It fires, and no rollback waits for it. */
export function keep(found: AlertCase, why: KeptWhy): StateChange {
  return { kind: "kept", key: keyOf(found.alert), value: { ...firingOf(found), why } };
}

export function forgetKept({ kept }: ApplicationState, key: string): readonly StateChange[] {
  return kept.has(key) ? [{ kind: "kept", key, value: null }] : [];
}

export function isTracked({ state, alert }: AlertCase): boolean {
  return state.alerts.has(keyOf(alert));
}

/** As what it is kept back, if it is: an alert that begins to fire anew is another one. */
export function keptAs(
  { kept }: ApplicationState,
  alert: Pick<Alert, "fingerprint" | "name" | "startsAt">,
): KeptAlert | null {
  const known = kept.get(keyOf(alert));
  return known !== undefined && alert.startsAt <= known.startsAt ? known : null;
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
