import type { Outbox } from "../../../app/outbox.ts";
import type {
  Clock,
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
import type { Duration, Instant } from "../../../domain/time.ts";
import { farthest } from "../farthest.ts";
import { SteadyClock } from "../steady-clock.ts";
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
  /** This machine's clock, where it is to be another one than `Date.now`. */
  readonly systemClock?: () => Instant;
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
  readonly clock: Clock = { now: (application) => this.#now(application) };
  readonly #environment: Environment;
  readonly #options: EmbeddedStoreOptions;
  readonly #applications = new Map<string, EmbeddedApplication>();
  /** Of what is no application's. */
  readonly #steady = new SteadyClock();
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

  transact<W extends Work>(
    application: string,
    work: (state: ApplicationState, now: Instant) => W,
  ): Promise<Committed<W>> {
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

  skew(): Duration | null {
    return farthest([...this.#applications.values()].map((application) => application.ahead()));
  }

  async ping(): Promise<void> {
    this.#environment.check();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application.idle()));
    await this.#environment.close();
  }

  #now(application?: string): Instant {
    const { systemClock = Date.now } = this.#options;
    return application === undefined ? this.#steady.at(systemClock()) : this.#of(application).now();
  }

  #of(application: string): EmbeddedApplication {
    const known = this.#applications.get(application);
    if (known !== undefined) return known;
    const { observer, lockTimeout = 5_000, systemClock = Date.now } = this.#options;
    const of = new EmbeddedApplication({
      application,
      environment: this.#environment,
      observer,
      lockTimeout,
      systemClock,
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
