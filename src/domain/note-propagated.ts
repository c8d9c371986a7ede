import type { PropagatedCommand } from "./command.ts";
import { type Decision, note } from "./decision.ts";
import type { ApplicationState } from "./state.ts";

/** Responders whose notes are kept of one rollback: a bound, and no limit that anybody meets. */
export const MAX_RESPONDERS = 64;

/** For the timeline: one responder's clients have the new flags, or it has stopped waiting for them. */
export function notePropagated(
  { rollback, verification }: ApplicationState,
  { rollback: id, propagation }: PropagatedCommand,
): Decision {
  if (rollback?.id !== id || verification === null) return note();
  const others = (verification.propagation ?? []).filter(
    ({ responder }) => responder !== propagation.responder,
  );
  if (others.length >= MAX_RESPONDERS) return note();
  return note({ kind: "verification", value: { ...verification, propagation: [...others, propagation] } });
}
