import type { LedgerEvent } from "../../domain/event.ts";
import type { Instant } from "../../domain/time.ts";
import type { StateStore } from "../ports.ts";
import { rfc3339 } from "../rfc3339.ts";

export interface LedgerPart {
  /** The oldest first. */
  readonly events: readonly LedgerEvent[];
  /** Why it is not all that was asked for, in words; null: it is. */
  readonly lacking: string | null;
}

const PAGE = 1_000;
/** More than a rollout of weeks has; a storm of alerts may have more. */
const MOST = 20_000;

/**
 * The ledger from a time on, up to its end. Where it begins is found by halving, since its events have numbers and no index
 * of times. Of more than a report can hold, the newest.
 * @throws RollguardError `store_unavailable`
 */
export async function readLedger(
  store: Pick<StateStore, "events" | "ledger">,
  application: string,
  from: Instant,
): Promise<LedgerPart> {
  const { first, last, trimmed } = await store.ledger(application);
  if (first === null) return { events: [], lacking: null };
  let [low, high] = [first, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await store.events(application, { after: middle - 1, limit: 1 });
    if (event !== undefined && event.at < from) low = middle + 1;
    else high = middle;
  }
  const begin = Math.max(low, last + 1 - MOST);
  const events: LedgerEvent[] = [];
  for (let after = begin - 1; after < last; ) {
    const page = await store.events(application, { after, limit: PAGE });
    const end = page.at(-1);
    if (end === undefined) break;
    events.push(...page);
    after = end.revision;
  }
  return { events, lacking: lackOf(events, low === first && trimmed > 0, begin > low) };
}

function lackOf(events: readonly LedgerEvent[], isTrimmed: boolean, isCut: boolean): string | null {
  const [oldest] = events;
  if (isCut && oldest !== undefined)
    return `the ledger has more than ${MOST} events of this time: those before ${rfc3339(oldest.at)} are left out`;
  return isTrimmed && oldest !== undefined
    ? `the ledger begins at ${rfc3339(oldest.at)}: what was before has left it`
    : null;
}
