import type { ApplicationState, StateChange } from "../../src/domain/state.ts";

/** As it is now, whatever becomes of the draft. */
export function plain(state: ApplicationState): ApplicationState {
  return {
    ...state,
    flags: new Map(state.flags),
    raised: new Map(state.raised),
    alerts: new Map(state.alerts),
    kept: new Map(state.kept),
    pulses: new Map(state.pulses),
    ended: new Map(state.ended),
  };
}

/** The changes that lead to it from nothing. */
export function everythingIn({
  flags,
  raised,
  alerts,
  kept,
  pulses,
  ended,
  revision: _,
  ...single
}: ApplicationState): StateChange[] {
  return [
    ...[...flags].map(([key, value]): StateChange => ({ kind: "flag", key, value })),
    ...[...raised].map(([key, value]): StateChange => ({ kind: "raised", key, value })),
    ...[...alerts].map(([key, value]): StateChange => ({ kind: "alert", key, value })),
    ...[...kept].map(([key, value]): StateChange => ({ kind: "kept", key, value })),
    ...[...pulses].map(([key, value]): StateChange => ({ kind: "pulse", key, value })),
    ...[...ended].map(([key, value]): StateChange => ({ kind: "ended", key, value })),
    ...Object.entries(single).map(([kind, value]) => ({ kind, value }) as StateChange),
  ];
}
