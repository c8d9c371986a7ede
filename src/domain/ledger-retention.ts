import type { LedgerEvent } from "./event.ts";
import type { LedgerPolicy } from "./policy.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";

interface Kept {
  /** Revision of the newest event; 0 before the first. */
  readonly last: number;
  /** The oldest events that are kept, in order, as many as were read. */
  readonly oldest: readonly Pick<LedgerEvent, "revision" | "at">[];
}

/**
 * Where the past of a ledger ends that may leave it. Events leave from the front only, so that what stays has no gaps:
 * one that is young keeps those behind it too, whatever the clocks of their responders said. The newest event stays in
 * any case, and so does everything from the first event of the open rollback on.
 * @returns the last revision that may leave, as far as `oldest` tells; ask again when it is gone. 0 when all of them stay
 */
export function lastToLeave(
  { last, oldest }: Kept,
  { rollback }: Pick<ApplicationState, "rollback">,
  { keepFor, keepEvents }: LedgerPolicy,
  now: Instant,
): number {
  const tooMany = last - keepEvents;
  const enough = oldest.filter(({ revision }) => revision > tooMany);
  const tooOld = lastOlderThan(now - keepFor, enough);
  const untouchable = Math.min(last, rollback?.firstRevision ?? last);
  return Math.max(0, Math.min(Math.max(tooMany, tooOld), untouchable - 1));
}

function lastOlderThan(instant: Instant, oldest: Kept["oldest"]): number {
  const young = oldest.findIndex(({ at }) => at >= instant);
  const old = young === -1 ? oldest : oldest.slice(0, young);
  return old.at(-1)?.revision ?? 0;
}
