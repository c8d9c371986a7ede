import type { KnownCommit } from "../../../app/known-commit.ts";
import type { Outbox } from "../../../app/outbox.ts";
import type {
  ChangeListener,
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
import { Announcements } from "./announcements.ts";
import { RedisConnection } from "./connection.ts";
import { warnOfForgetting } from "./forgetting.ts";
import { Loss } from "./loss.ts";
import { NEEDED_ACL } from "./needed-acl.ts";
import { RedisApplication } from "./redis-application.ts";
import { RedisOutbox } from "./redis-outbox.ts";
import { newestOf } from "./rejoin.ts";
import { EVENTS } from "./scripts/events.ts";
import { LEDGER } from "./scripts/ledger.ts";
import { TRIM } from "./scripts/trim.ts";
import { parseRedisUrl } from "./url.ts";

/** Events that leave in one call: while it runs, Redis serves nobody else. */
const TRIM_BATCH = 5_000;

export interface RedisStoreOptions {
  /** As `parseRedisUrl` describes. */
  readonly url: string;
  readonly observer: StoreObserver;
  /** A lock whose holder is silent for this long is free again: 2 s without. */
  readonly lockTtl?: Duration;
  /** How long a transaction waits for the lock, all attempts together: 5 s without. */
  readonly lockTimeout?: Duration;
  /** The commit that is known of an application since before the start; undefined: none is. */
  readonly known?: (application: string) => KnownCommit | undefined;
  /** Which flags keep people from the rest while they are on: none without. */
  readonly isKillSwitch?: (application: string, flag: string) => boolean;
  /** How long one command may take: 2 s without. With the lock's it bounds a transaction. */
  readonly commandTimeout?: Duration;
  /** How many replicas must have a transaction before it is over: none without. */
  readonly waitReplicas?: number;
  /** Told once of each setting with which this Redis may forget what was rolled back, or that commits cannot be announced. */
  readonly warn?: (message: string) => void;
}

/**
 * State in Redis 6.2 or newer, shared by any number of processes. It connects in the background: `ping` tells
 * whether it could.
 * @throws Error when the URL is none
 */
export function createRedisStore(options: RedisStoreOptions): StateStore {
  return new RedisStore(options);
}

class RedisStore implements StateStore {
  readonly kind = "redis";
  readonly outbox: Outbox = new RedisOutbox((application) => this.#of(application));
  readonly clock: Clock = { now: (application) => this.#now(application) };
  readonly #connection: RedisConnection;
  readonly #announcements: Announcements;
  readonly #loss = new Loss();
  readonly #applications = new Map<string, RedisApplication>();
  readonly #options: RedisStoreOptions;
  #isUnheard = false;

  constructor(options: RedisStoreOptions) {
    const { url, commandTimeout = 2_000 } = options;
    const connect = (): RedisConnection =>
      new RedisConnection({ address: parseRedisUrl(url), commandTimeout });
    this.#options = options;
    this.#connection = connect();
    if (options.warn !== undefined) warnOfForgetting(this.#connection, options.warn);
    this.#announcements = new Announcements(connect, commandTimeout);
  }

  read(application: string): Promise<ApplicationState> {
    return this.#of(application).read();
  }

  transact<W extends Work>(
    application: string,
    work: (state: ApplicationState, now: Instant) => W,
  ): Promise<Committed<W>> {
    return this.#of(application).transact(work);
  }

  async events(application: string, { after = 0, limit }: EventPage): Promise<LedgerEvent[]> {
    const of = this.#of(application);
    const [, entries] = await of.ask(EVENTS, [], [after + 1, limit]);
    return (entries as readonly [id: string, fields: readonly [name: "event", json: string]][]).map(
      ([id, [, json]]) => ({ ...JSON.parse(json), revision: Number.parseInt(id, 10) }),
    );
  }

  async ledger(application: string): Promise<Ledger> {
    return ledgerFrom(await this.#of(application).ask(LEDGER, [], []));
  }

  async trim(application: string, upTo: number): Promise<Ledger> {
    return ledgerFrom(await this.#of(application).ask(TRIM, [], [upTo, TRIM_BATCH]));
  }

  changes(application: string, listener: ChangeListener): Promise<Unsubscribe> {
    return this.#announcements.listen(this.#of(application).keys.changes, listener);
  }

  skew(): Duration | null {
    return farthest([...this.#applications.values()].map((application) => application.clock.ahead()));
  }

  async ping(application?: string): Promise<void> {
    this.#loss.check(application);
    if (application !== undefined) await this.#of(application).probe();
    else await this.#connection.ping(this.#options.waitReplicas ?? 0);
  }

  newest(application: string): KnownCommit | null {
    return newestOf(this.#of(application).known) ?? null;
  }

  async acceptLoss<W extends Work>(
    application: string,
    work: (state: ApplicationState, now: Instant) => W,
  ): Promise<Committed<W> | null> {
    const lost = this.#of(application);
    if (!(await lost.hasLost())) return null;
    // Knows only what is there now, and is asked by nobody else until it stands as it shall.
    const next = this.#made(application, undefined, new Loss());
    if (await next.hasLost()) await next.setAside();
    const again = this.#made(application, undefined, new Loss());
    const committed = await again.transact(work);
    this.#loss.over(application);
    this.#applications.set(application, this.#made(application, newestOf(again.known), this.#loss));
    return committed;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#applications.values()].map((application) => application.idle()));
    await Promise.all([this.#connection.close(), this.#announcements.close()]);
  }

  /** Said once: what is committed is committed, and the others look every other second. */
  #unheard(why: string): void {
    if (this.#isUnheard) return;
    this.#isUnheard = true;
    this.#options.warn?.(
      `commits are made but not announced, so that others hear of them late: ${why}. ${NEEDED_ACL}`,
    );
  }

  #now(application?: string): Instant {
    if (application !== undefined) return this.#applications.get(application)?.clock.now() ?? Date.now();
    for (const each of this.#applications.values())
      if (each.clock.ahead() !== undefined) return each.clock.now();
    return Date.now();
  }

  #of(application: string): RedisApplication {
    const made = this.#applications.get(application);
    if (made !== undefined) return made;
    const of = this.#made(application, this.#options.known?.(application), this.#loss);
    this.#applications.set(application, of);
    return of;
  }

  #made(application: string, known: KnownCommit | undefined, loss: Loss): RedisApplication {
    const { observer, lockTtl = 2_000, lockTimeout = 5_000, waitReplicas = 0 } = this.#options;
    return new RedisApplication({
      application,
      connection: this.#connection,
      loss,
      known,
      isKillSwitch: (flag) => this.#options.isKillSwitch?.(application, flag) ?? false,
      observer,
      unheard: (why) => this.#unheard(why),
      lockTtl,
      lockTimeout,
      waitReplicas,
    });
  }
}

function ledgerFrom([, first, last, trimmed]: readonly unknown[]): Ledger {
  return {
    first: first === "" ? null : Number.parseInt(String(first), 10),
    last: Number(last),
    trimmed: Number(trimmed),
    archive: null,
  };
}
