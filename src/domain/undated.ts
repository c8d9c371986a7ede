import { keyOf, lastStartOf } from "./alert-memory.ts";
import type { AlertCommand } from "./command.ts";
import type { ApplicationState } from "./state.ts";

/**
 * An alert that does not say when it began is the one that is known, as long as that has not ended: else each repetition would
 * be a new beginning, and turn down again what somebody has acknowledged and raised.
 */
export function withKnownStart(
  state: Pick<ApplicationState, "alerts" | "kept" | "pulses">,
  command: AlertCommand,
): AlertCommand {
  const { alert } = command;
  if (alert.isUndated !== true) return command;
  const key = keyOf(alert);
  const known = state.alerts.get(key) ?? state.kept.get(key);
  return known === undefined
    ? command
    : { ...command, alert: { ...alert, startsAt: lastStartOf(state, known) } };
}
