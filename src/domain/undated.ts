import { keyOf } from "./alert-case.ts";
import type { AlertCommand } from "./command.ts";
import type { ApplicationState } from "./state.ts";

/**
 * An alert that does not say when it began is the one that is known, as long as that has not ended: else each repetition would
 * be a new beginning, and turn down again what somebody has acknowledged and raised.
 */
export function withKnownStart(
  { alerts, kept }: Pick<ApplicationState, "alerts" | "kept">,
  command: AlertCommand,
): AlertCommand {
  const { alert } = command;
  if (alert.isUndated !== true) return command;
  const key = keyOf(alert);
  const known = alerts.get(key) ?? kept.get(key);
  return known === undefined ? command : { ...command, alert: { ...alert, startsAt: known.startsAt } };
}
