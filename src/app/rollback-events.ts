import type { LedgerEvent } from "../domain/event.ts";
import type { PastRollback, Rollback } from "../domain/rollback.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { StateStore } from "./ports.ts";

/** Events of one rollback that are looked at: the first ones and the last ones. */
const MAX_EVENTS = 1_000;

/**
 * The ledger from a rollback's first event to its last one: also what happened between them and is not its own. Of a long
 * rollback its beginning and its end, since what matters stands there.
 * @throws RollguardError `store_unavailable`
 */
export async function eventsOfRollback(
  store: Pick<StateStore, "events">,
  application: string,
  { revision }: ApplicationState,
  rollback: Rollback | PastRollback,
): Promise<readonly LedgerEvent[]> {
  const after = rollback.firstRevision - 1;
  const last = "lastRevision" in rollback ? rollback.lastRevision : revision;
  if (last - after <= MAX_EVENTS)
    return await store.events(application, { after, limit: Math.max(1, last - after) });
  const limit = MAX_EVENTS / 2;
  const begin = await store.events(application, { after, limit });
  return [...begin, ...(await store.events(application, { after: last - limit, limit }))];
}
