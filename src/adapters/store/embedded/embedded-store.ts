import type { Outbox } from "../../../app/outbox.ts";
import type {
  Committed,
  EventPage,
  Ledger,
  StateStore,
  StoreObserver,
  Unsubscribe,
  Work,
} from "../../../app/ports.ts";
import type { LedgerEvent } from "../../../domain/event.ts";
import type { ApplicationState } from "../../../domain/state.ts";
import type { Duration } from "../../../domain/time.ts";
import { EmbeddedApplication } from "./embedded-application.ts";
import { EmbeddedOutbox } from "./embedded-outbox.ts";
import { Environment } from "./environment.ts";

export interface EmbeddedStoreOptions {
  /** Made when it is not there yet. */
  readonly directory: string;
  readonly observer: StoreObserver;
  /** For looking on while another process writes. */
  readonly readOnly?: boolean;
  /** How long a transaction waits for another process that writes: 5 s without. */
  readonly lockTimeout?: Duration;
}

/**
 * State in files of this machine, for one Rollguard. Several processes are safe, but only the one that commits
 * announces a change, and only to itself.
 * @throws RollguardError `store_unavailable`
 */
export function createEmbeddedStore(options: EmbeddedStoreOptions): StateStore {
  return new EmbeddedStore(options);
}

type Listener = (revision: number) => void;

class EmbeddedStore implements StateStore {
  readonly kind = "embedded";
  readonly outbox: Outbox;
  readonly #environment: Environment;
  readonly #options: EmbeddedStoreOptions;
  readonly #applications = new Map<string, EmbeddedApplication>();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(options: EmbeddedStoreOptions) {
    const { directory, readOnly = false, lockTimeout = 5_000 } = options;
    this.#options = options;
    this.#environment = new Environment({ directory, readOnly });
    const of = (application: string): EmbeddedApplication => this.#of(application);
    this.outbox = new EmbeddedOutbox({ environment: this.#environment, of, lockTimeout });
  }

  async read(application: string): Promise<ApplicationState> {
    return this.#of(application).read();
  }

  transact<W extends Work>(application: string, work: (state: ApplicationState) => W): Promise<Committed<W>> {
    return this.#of(application).transact(work);
  }

  async events(application: string, page: EventPage): Promise<LedgerEvent[]> {
    return this.#of(application).ledger.events(page);
  }

  async ledger(application: string): Promise<Ledger> {
    return this.#of(application).ledger.now();
  }

  trim(application: string, upTo: number): Promise<Ledger> {
    return this.#of(application).ledger.trim(upTo);
  }

  async changes(application: string, listener: Listener): Promise<Unsubscribe> {
    const listeners = this.#listeners.get(application) ?? new Set();
    this.#listeners.set(application, listeners);
    // Its own object, so that a listener that comes twice can go once.
    const own: Listener = (revision) => listener(revision);
    listeners.add(own);
    return async () => {
      listeners.delete(own);
      if (listeners.size === 0) this.#listeners.delete(application);
    };
  }

  async ping(): Promise<void> {
    this.#environment.check();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application.idle()));
    await this.#environment.close();
  }

  #of(application: string): EmbeddedApplication {
    const known = this.#applications.get(application);
    if (known !== undefined) return known;
    const { observer, lockTimeout = 5_000 } = this.#options;
    const of = new EmbeddedApplication({
      application,
      environment: this.#environment,
      observer,
      lockTimeout,
      committed: (revision) => this.#announce(application, revision),
    });
    this.#applications.set(application, of);
    return of;
  }

  /** Later: a listener's failure is not the transaction's. */
  #announce(application: string, revision: number): void {
    for (const listener of this.#listeners.get(application) ?? []) queueMicrotask(() => listener(revision));
  }
}
