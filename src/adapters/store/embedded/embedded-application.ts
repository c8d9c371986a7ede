import type { Committed, StoreObserver, Work } from "../../../app/ports.ts";
import type { EventBody } from "../../../domain/event.ts";
import type { ApplicationState } from "../../../domain/state.ts";
import type { Duration, Instant } from "../../../domain/time.ts";
import { CachedState } from "../cached-state.ts";
import { fieldsOf, readField } from "../fields.ts";
import { SteadyClock } from "../steady-clock.ts";
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
  /** This machine's clock. */
  readonly systemClock: () => Instant;
  readonly committed: (revision: number) => void;
}

/** What is kept of an application under its name. */
interface Head {
  /** Its number in all other keys. */
  readonly number: number;
  readonly revision: number;
  /** How many notes there have been since that revision. */
  readonly notes?: number;
  /** When that was, by the application's time and by the machine's; an older version has kept neither. */
  readonly at?: Instant;
  readonly clock?: Instant;
}

type Transaction<W> = (state: ApplicationState, now: Instant) => W;

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
  readonly #steady = new SteadyClock();

  constructor(options: EmbeddedApplicationOptions) {
    this.#options = options;
    this.#key = applicationKey(options.application);
    this.ledger = new EmbeddedLedger({ ...options, head: () => this.head() });
  }

  /** The application's time. */
  now(): Instant {
    return this.#steady.at(this.#options.systemClock());
  }

  /** How far that is ahead of this machine's: its clock was set back. */
  ahead(): Duration {
    return this.now() - this.#options.systemClock();
  }

  read(): ApplicationState {
    return this.#options.environment.read(() => this.#current(this.head())).copy();
  }

  transact<W extends Work>(work: Transaction<W>): Promise<Committed<W>> {
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
    if (json === undefined) return undefined;
    const head: Head = JSON.parse(json);
    // Before anything is compared with it, also the claims of somebody who has read nothing yet.
    if (head.at !== undefined) this.#steady.committed(head.at, head.clock ?? head.at);
    return head;
  }

  async #transact<W extends Work>(work: Transaction<W>, start: number): Promise<Committed<W>> {
    const { environment, observer, lockTimeout, committed } = this.#options;
    const outcome = await environment.write(start + lockTimeout - performance.now(), (): Outcome<W> => {
      observer.lockWaited((performance.now() - start) / 1000);
      const head = this.head();
      const state = this.#current(head);
      try {
        const at = this.now();
        const wanted = work(state, at);
        const next = hasEffect(wanted) ? this.#put(head ?? this.#newHead(), wanted, at) : null;
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

  #put({ number, revision: base, notes = 0 }: Head, work: Work, at: Instant): Head {
    const { changes, events, messages } = work;
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
    const time = { at, clock: this.#options.systemClock() };
    const head: Head =
      events.length > 0 ? { number, revision, ...time } : { number, revision, notes: notes + 1, ...time };
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
      this.#steady.committed(...this.#timesOf(head));
      const { fields } = this.#options.environment.tables;
      for (const { key, value } of fields.getRange(rangeOf(head.number)))
        readField(state, fieldOf(key), value);
    }
    this.#cached = state;
    return state;
  }

  #timesOf({ number, revision, at, clock }: Head): [at: Instant, clock: Instant] {
    const now = this.#options.systemClock();
    if (at !== undefined) return [at, clock ?? now];
    const last = this.#options.environment.tables.events.get(eventKey(number, revision));
    return [last === undefined ? 0 : (JSON.parse(last) as EventBody).at, now];
  }
}

/** One writer at a time, and nothing is ever lost: revision and notes name the state. */
function versionOf(head: Head | undefined): string {
  return `${head?.revision ?? 0}.${head?.notes ?? 0}`;
}
