import type { LedgerEvent } from "../../domain/event.ts";
import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import type { ApplicationState } from "../../domain/state.ts";
import { addUp, type Unchanged } from "../../domain/unchanged.ts";
import type { StateStore } from "../ports.ts";
import { rfc3339 } from "../rfc3339.ts";

/** All that happened in a rollback. Of alerts that joined or resolved one after the other the first and the last are in it. */
export interface RollbackStory {
  /** From its first event to its last one, the oldest first: also what happened between them and is not its own. */
  readonly events: readonly LedgerEvent[];
  /** By revision: so many events of the same kind were right before this one, and are left out. */
  readonly leftOut: ReadonlyMap<number, number>;
  /** By alert: so many of those that are left out had joined the rollback. */
  readonly absorbed: ReadonlyMap<string, number>;
  /** What events that are left out had counted. */
  readonly unchanged: readonly Unchanged[];
  /** Why it is not all, in words; null: it is. */
  readonly lacking: string | null;
}

const PAGE = 1_000;
/** Of a longer one its beginning and its end. */
const MOST = 100_000;

/** What comes in great numbers, and is told once with how many. */
export const IN_STORMS: ReadonlySet<LedgerEvent["reason"]> = new Set(["absorbed", "resolved"]);

/** @throws RollguardError `store_unavailable` */
export async function storyOf(
  store: Pick<StateStore, "events">,
  application: string,
  { revision }: ApplicationState,
  rollback: Rollback | PastRollback,
): Promise<RollbackStory> {
  const last = "lastRevision" in rollback ? rollback.lastRevision : revision;
  const before = rollback.firstRevision - 1;
  const all = last - before;
  const parts =
    all <= MOST
      ? [[before, last] as const]
      : [[before, before + MOST / 2] as const, [last - MOST / 2, last] as const];
  const folded = new Folded(rollback.id);
  for (const [from, to] of parts)
    for (let after = from; after < to; ) {
      const page = await store.events(application, { after, limit: Math.min(PAGE, to - after) });
      // A rollback of which nothing is left has the events of others behind it.
      const own = page.filter((event) => event.revision <= to);
      for (const event of own) folded.add(event);
      after = own.length < page.length ? to : (page.at(-1)?.revision ?? to);
    }
  return { ...folded.whole(), lacking: lackOf(folded.first, rollback, all) };
}

function lackOf(first: LedgerEvent | null, { firstRevision }: Rollback, all: number): string | null {
  if (all > MOST)
    return `the rollback has ${all} events: ${all - MOST} in the middle of it are not in this report`;
  if (first === null) return "the ledger has no events of it any more";
  return first.revision > firstRevision
    ? `the ledger begins at ${rfc3339(first.at)}: what was before has left it`
    : null;
}

class Folded {
  first: LedgerEvent | null = null;
  readonly #rollback: string;
  readonly #events: LedgerEvent[] = [];
  readonly #leftOut = new Map<number, number>();
  readonly #absorbed = new Map<string, number>();
  #unchanged: readonly Unchanged[] = [];
  /** Of the rollback, the newest that is kept for good. */
  #reason: LedgerEvent["reason"] | null = null;
  /** The newest of its kind so far, and how many were left out before it. */
  #newest: LedgerEvent | null = null;
  #skipped = 0;

  constructor(rollback: string) {
    this.#rollback = rollback;
  }

  add(event: LedgerEvent): void {
    this.first ??= event;
    const { rollback, reason } = event;
    if (rollback !== this.#rollback) {
      this.#events.push(event);
      return;
    }
    if (this.#reason !== reason || !IN_STORMS.has(reason)) {
      this.#flush();
      this.#events.push(event);
      this.#reason = reason;
      return;
    }
    if (this.#newest !== null) this.#leave(this.#newest);
    this.#newest = event;
  }

  whole(): Omit<RollbackStory, "lacking"> {
    this.#flush();
    return {
      events: this.#events.sort((a, b) => a.revision - b.revision),
      leftOut: this.#leftOut,
      absorbed: this.#absorbed,
      unchanged: this.#unchanged,
    };
  }

  #leave({ reason, alert, unchanged = [] }: LedgerEvent): void {
    this.#skipped++;
    if (reason === "absorbed" && alert !== null)
      this.#absorbed.set(alert.name, (this.#absorbed.get(alert.name) ?? 0) + 1);
    if (unchanged.length > 0) this.#unchanged = addUp(this.#unchanged, unchanged);
  }

  #flush(): void {
    if (this.#newest === null) return;
    this.#events.push(this.#newest);
    if (this.#skipped > 0) this.#leftOut.set(this.#newest.revision, this.#skipped);
    this.#newest = null;
    this.#skipped = 0;
  }
}
