import { namesOf } from "./alert.ts";
import { isQuiet } from "./alert-memory.ts";
import type { OperatorCommand } from "./command.ts";
import type { Rollback } from "./rollback.ts";
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
export function refusalOfKept(state: ApplicationState, isAcknowledged: boolean): string | null {
  const burning = new Map(
    [...state.kept].filter(([key, { why }]) => why !== "acknowledged" && !isQuiet(state, key)),
  );
  if (burning.size === 0 || isAcknowledged) return null;
  return `${namesOf(burning)} is firing, and nothing was turned down for it (explain tells why): acknowledge that, and give a reason, to raise flags all the same`;
}

/** @param raised flags, to be named */
export function refusalWhileOpen({ id }: Rollback, raised: readonly string[]): string {
  const named = raised.length === 0 ? "" : ` (${raised.join(", ")})`;
  return `rollback ${id} is open: nothing is raised${named} until it has ended`;
}

/** What a rollback has turned down is raised only by somebody who knows of that. */
export function refusalOfQuarantine(quarantined: readonly string[], isAcknowledged: boolean): string | null {
  if (quarantined.length === 0 || isAcknowledged) return null;
  return `${quarantined.join(", ")}: in quarantine since a rollback; acknowledge that to raise them`;
}
