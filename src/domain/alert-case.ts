import type { Alert, FiringAlert, Trigger } from "./alert.ts";
import type { EventBody } from "./event.ts";
import type { Policy } from "./policy.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/**
 * How many alerts are kept track of. Above it an alert that asks for nothing more is counted only, so that a flood of
 * label values cannot grow the state without bound; 10,000 alerts take about 2 MB.
 */
export const MAX_TRACKED_ALERTS = 10_000;

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

/** As events tell of it. */
export function alertTold({ fingerprint, name, startsAt, labels }: Alert): EventBody["alert"] {
  return { fingerprint, name, startsAt, labels };
}

export function track({ alert, trigger, now }: AlertCase): StateChange {
  const value: FiringAlert = {
    fingerprint: alert.fingerprint,
    name: alert.name,
    tier: trigger.tier,
    startsAt: alert.startsAt,
    receivedAt: now,
  };
  return { kind: "alert", key: keyOf(alert), value };
}

export function isTracked({ state, alert }: AlertCase): boolean {
  return state.alerts.has(keyOf(alert));
}
