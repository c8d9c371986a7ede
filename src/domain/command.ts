import type { Alert } from "./alert.ts";

/** Everything that may change an application's state. */
export type Command = AlertCommand;

/** One alert of a webhook. */
export interface AlertCommand {
  readonly type: "alert";
  readonly alert: Alert;
}
