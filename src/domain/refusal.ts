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
