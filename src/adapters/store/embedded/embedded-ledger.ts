import { describeEvent } from "../../../app/describe-event.ts";
import type { EventPage, Ledger } from "../../../app/ports.ts";
import { RollguardError } from "../../../domain/errors.ts";
import type { LedgerEvent } from "../../../domain/event.ts";
import type { Range } from "./archive-names.ts";
import type { Environment } from "./environment.ts";
import { eventKey, rangeOf, revisionOf } from "./keys.ts";
import { LedgerArchive } from "./ledger-archive.ts";

export interface EmbeddedLedgerOptions {
  readonly application: string;
  readonly environment: Environment;
  /** Milliseconds that a change may wait for another process. */
  readonly lockTimeout: number;
  /** To be called in a transaction; undefined before the first commit. */
  readonly head: () => { readonly number: number; readonly revision: number } | undefined;
}

/** Events in a file, which leave in one transaction: some 15 ms, in which nobody else gets a turn. */
const BATCH = 10_000;
/** Events that are read in one turn. */
const PIECE = 250;

/** One application's events, and the archive that the oldest go to. */
export class EmbeddedLedger {
  readonly #options: EmbeddedLedgerOptions;
  readonly #archive: LedgerArchive;

  constructor(options: EmbeddedLedgerOptions) {
    this.#options = options;
    this.#archive = new LedgerArchive(options.environment.directory, options.application);
  }

  events({ after = 0, limit }: EventPage): LedgerEvent[] {
    const { environment, head } = this.#options;
    return environment.read(() => {
      const number = head()?.number;
      if (number === undefined) return [];
      const { end } = rangeOf(number);
      const start = eventKey(number, after + 1);
      const found = environment.tables.events.getRange({ start, end, limit });
      return [...found].map(({ key, value }) => ({ ...JSON.parse(value), revision: revisionOf(key) }));
    });
  }

  now(): Ledger {
    return this.#options.environment.read(() => this.#now());
  }

  /**
   * First into a file, then out of the ledger. A crash in between leaves the events in both, and the file is found here
   * the next time: it is taken for what it is, and not written again.
   */
  async trim(upTo: number): Promise<Ledger> {
    const { environment } = this.#options;
    environment.checkWritable();
    const before = this.now();
    const until = Math.min(upTo, before.last - 1);
    if (before.first === null || until < before.first) return before;
    const interrupted = this.#interrupted(before.first);
    if (interrupted === null) {
      const range = { first: before.first, last: Math.min(until, before.first + BATCH - 1) };
      const written = await this.#archive.write(this.#lines(range));
      try {
        await this.#remove(range, () => {
          // Not beside what another process has published since, and was killed before it removed it.
          const isAlone = this.#archive.from(range.first).length === 0;
          if (isAlone) this.#archive.publish(written, range);
          return isAlone;
        });
      } finally {
        // It has a name by now, or nobody needs it.
        await this.#archive.discard(written);
      }
    } else if (interrupted.last <= until) {
      if (!(await this.#archive.has(interrupted, this.#lines(interrupted)))) throw this.#occupied();
      await this.#remove(interrupted, () => true);
    }
    return this.now();
  }

  /**
   * What a trim has archived, but not removed.
   * @throws RollguardError `store_unavailable` when the archive has events that can be none of this ledger
   */
  #interrupted(first: number): Range | null {
    const [found, ...others] = this.#archive.from(first);
    if (found === undefined) return null;
    if (others.length > 0 || found.first !== first) throw this.#occupied();
    return found;
  }

  /** Removes nothing when another process was quicker. */
  async #remove(range: Range, isArchived: () => boolean): Promise<void> {
    const { environment, lockTimeout, head } = this.#options;
    const outcome = await environment.write(lockTimeout, (): { thrown?: unknown } => {
      try {
        const number = head()?.number;
        if (number === undefined || this.#now().first !== range.first || !isArchived()) return {};
        for (let revision = range.first; revision <= range.last; revision++)
          void environment.tables.events.remove(eventKey(number, revision));
        return {};
      } catch (thrown) {
        return { thrown };
      }
    });
    if ("thrown" in outcome) throw outcome.thrown;
  }

  /** To be called in a transaction. */
  #now(): Ledger {
    const { environment, head } = this.#options;
    const { number, revision: last } = head() ?? { revision: 0 };
    const [key] =
      number === undefined ? [] : environment.tables.events.getKeys({ ...rangeOf(number), limit: 1 });
    const first = key === undefined ? null : revisionOf(key);
    return { first, last, trimmed: first === null ? 0 : first - 1, archive: this.#archive.place };
  }

  /** As the API gives them. */
  *#lines({ first, last }: Range): Generator<string> {
    for (let after = first - 1; after < last; ) {
      const events = this.events({ after, limit: Math.min(PIECE, last - after) });
      const newest = events.at(-1);
      // Another process has removed them meanwhile: it has archived them too.
      if (newest === undefined) return;
      yield events.map((event) => `${JSON.stringify(describeEvent(event))}\n`).join("");
      after = newest.revision;
    }
  }

  #occupied(): RollguardError {
    const { environment, application } = this.#options;
    return new RollguardError(
      "store_unavailable",
      `${environment.directory}/${this.#archive.place} has files of events that "${application}" still has, and others ` +
        "than it has, as after a restored backup: move them away. Until then nothing leaves the ledger",
    );
  }
}
