import { namesOf } from "./alert.ts";
import type { OperatorCommand } from "./command.ts";
import type { ApplicationState } from "./state.ts";

/** Of two operators who both saw the same state only the first one acts: the other one looks again. */
export function refusalOfOperator(
  { revision }: ApplicationState,
  { expected }: OperatorCommand,
): string | null {
  if (expected === null || expected === revision) return null;
  return `the application is at revision ${revision}, not ${expected} any more: somebody or something acted meanwhile; look again`;
}

/** While something fires for which nothing was turned down, flags are raised only by somebody who knows of it. */
export function refusalOfKept({ kept }: ApplicationState, isAcknowledged: boolean): string | null {
  const burning = new Map([...kept].filter(([, { why }]) => why !== "acknowledged"));
  if (burning.size === 0 || isAcknowledged) return null;
  return `${namesOf(burning)} is firing, and nothing was turned down for it (explain tells why): acknowledge that, and give a reason, to raise flags all the same`;
}
