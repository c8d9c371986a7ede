import { forgetPulse } from "./alert-memory.ts";
import { MAX_PAST, type PastRollback, type Rollback } from "./rollback.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/**
 * What closes the open rollback: it goes to those that are remembered, and its alerts are waited for no longer.
 * @param revision of the event that tells of it
 */
export function closing(
  state: ApplicationState,
  rollback: Rollback,
  revision: number,
  now: Instant,
): readonly StateChange[] {
  const committedAt = rollback.committedAt ?? state.verification?.committedAt ?? null;
  const propagation = state.verification?.propagation;
  const closed: PastRollback = {
    ...rollback,
    committedAt,
    endedAt: now,
    lastRevision: revision,
    ...(propagation === undefined ? {} : { propagation }),
  };
  return [
    ...[...state.alerts.keys()].flatMap((key): readonly StateChange[] => [
      { kind: "alert", key, value: null },
      ...forgetPulse(state, key),
    ]),
    { kind: "rollback", value: null },
    { kind: "verification", value: null },
    { kind: "past", value: remembered([...state.past, closed]) },
  ];
}

/** What turned nothing down is forgotten first: it counts for nothing, and a flapping alert must not push out what does. */
function remembered(past: readonly PastRollback[]): readonly PastRollback[] {
  if (past.length <= MAX_PAST) return past;
  const idle = past.slice(0, -1).findIndex(({ withoutEffect }) => withoutEffect === true);
  return past.toSpliced(Math.max(0, idle), 1);
}

/** Nothing is firing any more, and it is known to have helped. */
export function isOver({ status }: Rollback, alerts: number): boolean {
  return alerts === 0 && status === "verified";
}
