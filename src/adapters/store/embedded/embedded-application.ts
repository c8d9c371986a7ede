import type { Committed, StoreObserver, Work } from "../../../app/ports.ts";
import type { ApplicationState } from "../../../domain/state.ts";
import { CachedState } from "../cached-state.ts";
import { fieldsOf, readField } from "../fields.ts";
import { Turns } from "../turns.ts";
import { hasEffect } from "../work.ts";
import { EmbeddedLedger } from "./embedded-ledger.ts";
import type { Environment } from "./environment.ts";
import { applicationKey, eventKey, fieldKey, fieldOf, messageKey, rangeOf } from "./keys.ts";

export interface EmbeddedApplicationOptions {
  readonly application: string;
  readonly environment: Environment;
  readonly observer: StoreObserver;
  /** Milliseconds that a transaction may wait for another process. */
  readonly lockTimeout: number;
  readonly committed: (revision: number) => void;
}

/** What is kept of an application under its name. */
interface Head {
  /** Its number in all other keys. */
  readonly number: number;
  readonly revision: number;
  /** How many notes there have been since that revision. */
  readonly notes?: number;
}

type Outcome<W> =
  | { readonly state: CachedState; readonly wanted: W; readonly next: Head | null }
  | { readonly thrown: unknown };

/** One application's part of the files, and what this process remembers of it. */
export class EmbeddedApplication {
  readonly ledger: EmbeddedLedger;
  readonly #options: EmbeddedApplicationOptions;
  readonly #key: Buffer;
  readonly #turns = new Turns();
  #cached: CachedState | undefined;

  constructor(options: EmbeddedApplicationOptions) {
    this.#options = options;
    this.#key = applicationKey(options.application);
    this.ledger = new EmbeddedLedger({ ...options, head: () => this.head() });
  }

  read(): ApplicationState {
    return this.#options.environment.read(() => this.#current(this.head())).copy();
  }

  transact<W extends Work>(work: (state: ApplicationState) => W): Promise<Committed<W>> {
    const start = performance.now();
    return this.#turns.take(() => this.#transact(work, start));
  }

  /** Resolves when no transaction is under way. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** To be called in a transaction; undefined before the first commit. */
  head(): Head | undefined {
    const json = this.#options.environment.tables.applications.get(this.#key);
    return json === undefined ? undefined : JSON.parse(json);
  }

  async #transact<W extends Work>(
    work: (state: ApplicationState) => W,
    start: number,
  ): Promise<Committed<W>> {
    const { environment, observer, lockTimeout, committed } = this.#options;
    const outcome = await environment.write(start + lockTimeout - performance.now(), (): Outcome<W> => {
      observer.lockWaited((performance.now() - start) / 1000);
      const head = this.head();
      const state = this.#current(head);
      try {
        const wanted = work(state);
        const next = hasEffect(wanted) ? this.#put(head ?? this.#newHead(), wanted) : null;
        return { state, wanted, next };
      } catch (thrown) {
        return { thrown };
      }
    });
    if ("thrown" in outcome) throw outcome.thrown;
    const { state, wanted, next } = outcome;
    const base = state.revision;
    const revision = base + wanted.events.length;
    if (next !== null) {
      state.commit(wanted.changes, revision, versionOf(next));
      this.#cached = state;
      if (revision > base) committed(revision);
    }
    observer.transacted((performance.now() - start) / 1000);
    return { work: wanted, base, revision };
  }

  #put({ number, revision: base, notes = 0 }: Head, { changes, events, messages }: Work): Head {
    const { applications, fields, events: ledger, outbox } = this.#options.environment.tables;
    for (const [name, json] of fieldsOf(changes)) {
      const key = fieldKey(number, name);
      if (json === null) void fields.remove(key);
      else void fields.put(key, json);
    }
    events.forEach((event, index) => {
      void ledger.put(eventKey(number, base + index + 1), JSON.stringify(event));
    });
    const revision = base + events.length;
    messages.forEach((message, index) => {
      void outbox.put(messageKey(number, `${revision}-${index}`), JSON.stringify(message));
    });
    const head: Head = events.length > 0 ? { number, revision } : { number, revision, notes: notes + 1 };
    void applications.put(this.#key, JSON.stringify(head));
    return head;
  }

  /** Applications are never removed: their count is the next number. */
  #newHead(): Head {
    return { number: this.#options.environment.tables.applications.getKeysCount(), revision: 0 };
  }

  #current(head: Head | undefined): CachedState {
    const version = versionOf(head);
    if (this.#cached?.version === version) return this.#cached;
    const state = new CachedState(head?.revision ?? 0, version);
    if (head !== undefined) {
      const { fields } = this.#options.environment.tables;
      for (const { key, value } of fields.getRange(rangeOf(head.number)))
        readField(state, fieldOf(key), value);
    }
    this.#cached = state;
    return state;
  }
}

/** One writer at a time, and nothing is ever lost: revision and notes name the state. */
function versionOf(head: Head | undefined): string {
  return `${head?.revision ?? 0}.${head?.notes ?? 0}`;
}
