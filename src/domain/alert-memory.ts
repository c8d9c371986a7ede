import type { Alert, EndedAlert, FiringAlert, Pulse } from "./alert.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/** How many are remembered, at most; twice as many before the older half of them is forgotten in one go. */
export const MAX_ENDED = 256;

type Named = Pick<Alert, "fingerprint" | "name">;

/** The name belongs to it: a fingerprint is what the sender says, and must not let one alert hide another. */
export function keyOf({ fingerprint, name }: Named): string {
  return `${fingerprint}:${name}`;
}

/** When what we hold as firing has last begun, as far as that came. */
export function lastStartOf({ pulses }: Pick<ApplicationState, "pulses">, held: FiringAlert): Instant {
  return pulses.get(keyOf(held))?.startsAt ?? held.startsAt;
}

/** Told to have resolved, and not over before the hold-down is. */
export function isQuiet({ pulses }: Pick<ApplicationState, "pulses">, key: string): boolean {
  return (pulses.get(key)?.quietSince ?? null) !== null;
}

/** Those of them that fire: what is quiet is told of as firing no more. */
export function firingAmong<A extends FiringAlert>(
  state: Pick<ApplicationState, "pulses">,
  alerts: ReadonlyMap<string, A>,
): readonly A[] {
  return [...alerts].flatMap(([key, alert]) => (isQuiet(state, key) ? [] : [alert]));
}

/** What ended before the held one began is late news, whatever order they come in: it ends nothing. */
export function isOfEarlier(
  state: ApplicationState,
  { startsAt, endsAt, isUndated }: Alert,
  held: FiringAlert,
): boolean {
  return isUndated !== true && (endsAt ?? startsAt) < lastStartOf(state, held);
}

/** What is held fires: it is quiet no more, and may have begun anew. Nothing where that is known. */
export function firesOn(state: ApplicationState, alert: Alert): readonly StateChange[] {
  const key = keyOf(alert);
  const held = state.alerts.get(key) ?? state.kept.get(key);
  if (held === undefined) return [];
  const last = lastStartOf(state, held);
  if (!isQuiet(state, key) && alert.startsAt <= last) return [];
  const value: Pulse = { startsAt: Math.max(last, alert.startsAt), quietSince: null };
  return [{ kind: "pulse", key, value }];
}

/** What is held has resolved, and may come back. Nothing where that is known. */
export function fallsQuiet(state: ApplicationState, held: FiringAlert, now: Instant): readonly StateChange[] {
  const key = keyOf(held);
  if (isQuiet(state, key)) return [];
  return [{ kind: "pulse", key, value: { startsAt: lastStartOf(state, held), quietSince: now } }];
}

/** It is held no more, or begins to be. */
export function forgetPulse({ pulses }: ApplicationState, key: string): readonly StateChange[] {
  return pulses.has(key) ? [{ kind: "pulse", key, value: null }] : [];
}

/** It fires: what had ended has begun anew. */
export function forgetEnded({ ended }: ApplicationState, key: string): readonly StateChange[] {
  return ended.has(key) ? [{ kind: "ended", key, value: null }] : [];
}

interface End extends Pick<EndedAlert, "rollback" | "acknowledged"> {
  /** As it says itself; else it is now. */
  readonly endsAt?: Instant | undefined;
}

/** They have ended, and no more is said of how they go on. Of more than are remembered, the last ones. */
export function rememberEnded(
  state: ApplicationState,
  held: readonly FiringAlert[],
  { endsAt, rollback, acknowledged }: End,
  now: Instant,
): readonly StateChange[] {
  const last = held.slice(-MAX_ENDED);
  return [
    ...oldest(state, last.length).map(forget),
    ...last.map((alert): StateChange => {
      const startsAt = lastStartOf(state, alert);
      const endedAt = endsAt ?? now;
      const value = { startsAt, endedAt, heardAt: now, rollback, acknowledged, isLateTold: false };
      return { kind: "ended", key: keyOf(alert), value };
    }),
    ...held.flatMap((alert) => forgetPulse(state, keyOf(alert))),
  ];
}

function forget(key: string): StateChange {
  return { kind: "ended", key, value: null };
}

/** The older ones, in one go, once there would be too many with those that are added. */
function oldest({ ended }: ApplicationState, added: number): readonly string[] {
  if (ended.size + added <= 2 * MAX_ENDED) return [];
  const byAge = [...ended].sort(([, one], [, other]) => one.heardAt - other.heardAt);
  return byAge.slice(0, MAX_ENDED).map(([key]) => key);
}

/** Somebody knows of that rollback. */
export function acknowledgeEnded({ ended }: ApplicationState, rollback: string): readonly StateChange[] {
  return [...ended]
    .filter(([, one]) => one.rollback === rollback && !one.acknowledged)
    .map(([key, one]) => ({ kind: "ended", key, value: { ...one, acknowledged: true } }));
}
