import { mkdirSync } from "node:fs";
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
import { RollguardError } from "../../../domain/errors.ts";
import type { LedgerEvent } from "../../../domain/event.ts";
import type { ApplicationState } from "../../../domain/state.ts";
import type { Duration, Instant } from "../../../domain/time.ts";
import { farthest } from "../farthest.ts";
import { SteadyClock } from "../steady-clock.ts";
import { checkContents } from "./check-contents.ts";
import { checkData } from "./data-file.ts";
import { EmbeddedApplication } from "./embedded-application.ts";
import { EmbeddedOutbox } from "./embedded-outbox.ts";
import { cannotBeOpened, Environment } from "./environment.ts";
import { type Hold, holdDirectory } from "./hold-directory.ts";
import { clearBeginning, endBeginning, makeLockFile } from "./new-files.ts";

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
  const { directory, readOnly = false } = options;
  return new EmbeddedStore(options, new Environment({ directory, readOnly }));
}

/**
 * The same for this process alone, and only with data that is whole: a server's. Where another process cannot be kept away, it
 * says so and goes on.
 * @throws RollguardError `store_unavailable` when another process has the directory, or its data is gone, empty or damaged
 */
export async function openEmbeddedStore(
  options: EmbeddedStoreOptions & { readonly warn: (message: string) => void },
): Promise<StateStore> {
  const { directory, warn } = options;
  const hold = await holding(directory);
  if (hold.doubt !== null)
    warn(
      `nobody can be kept from starting a second Rollguard on ${directory}, which must not be: ${hold.doubt}`,
    );
  let environment: Environment | undefined;
  let takeBack = (): void => undefined;
  try {
    clearBeginning(directory);
    checkData(directory);
    takeBack = makeLockFile(directory);
    environment = new Environment({ directory, readOnly: false });
    checkContents(environment.tables);
    endBeginning(directory);
    return new EmbeddedStore(options, environment, hold);
  } catch (error) {
    await environment?.close();
    takeBack();
    await hold.release();
    throw error instanceof RollguardError ? error : cannotBeOpened(directory, error);
  }
}

async function holding(directory: string): Promise<Hold> {
  try {
    mkdirSync(directory, { recursive: true });
    return await holdDirectory(directory);
  } catch (error) {
    throw error instanceof RollguardError ? error : cannotBeOpened(directory, error);
  }
}

type Listener = (revision: number) => void;

class EmbeddedStore implements StateStore {
  readonly kind = "embedded";
  readonly outbox: Outbox;
  readonly clock: Clock = { now: (application) => this.#now(application) };
  readonly #environment: Environment;
  readonly #hold: Hold | undefined;
  readonly #options: EmbeddedStoreOptions;
  readonly #applications = new Map<string, EmbeddedApplication>();
  /** Of what is no application's. */
  readonly #steady = new SteadyClock();
  readonly #listeners = new Map<string, Set<Listener>>();
  #probing: Promise<void> | undefined;

  constructor(options: EmbeddedStoreOptions, environment: Environment, hold?: Hold) {
    const { lockTimeout = 5_000 } = options;
    this.#options = options;
    this.#environment = environment;
    this.#hold = hold;
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

  /** One file holds all applications: however many are asked for at once, it is tried once. */
  async ping(application?: string): Promise<void> {
    this.#environment.check();
    if (application === undefined) return;
    const { lockTimeout = 5_000 } = this.#options;
    this.#probing ??= this.#environment.probe(lockTimeout).finally(() => {
      this.#probing = undefined;
    });
    await this.#probing;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application.idle()));
    await this.#environment.close();
    await this.#hold?.release();
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
