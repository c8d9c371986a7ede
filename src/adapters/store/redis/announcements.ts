import type { ChangeListener, Unsubscribe } from "../../../app/ports.ts";
import { Rerun } from "../../../app/rerun.ts";
import type { RedisConnection } from "./connection.ts";

/**
 * Hands what is published on to who listens, over a connection of its own that is made when it is needed. Subscriptions are
 * made again until they stand, and whoever listens is told when something may have been missed meanwhile.
 */
export class Announcements {
  readonly #connect: () => RedisConnection;
  readonly #every: number;
  readonly #listeners = new Map<string, Set<ChangeListener>>();
  /** One at a time, so that nobody is told to be subscribed while somebody else's subscription is on its way. */
  readonly #subscribing = new Rerun(() => this.#subscribe());
  /** Those of which the server has said so since it was connected to. */
  readonly #standing = new Set<string>();
  #mayHaveMissed = false;
  #isClosed = false;
  #connection: RedisConnection | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param every milliseconds between two looks at whether the subscriptions still stand */
  constructor(connect: () => RedisConnection, every: number) {
    this.#connect = connect;
    this.#every = every;
  }

  /** Resolves when it is subscribed, or when that has failed for now. */
  async listen(channel: string, listener: ChangeListener): Promise<Unsubscribe> {
    // Its own object, so that a listener that comes twice can go once.
    const own: ChangeListener = (revision) => listener(revision);
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(own));
    await this.#subscribing.again();
    return async () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) this.#listeners.delete(channel);
      await this.#subscribing.again();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#listeners.clear();
    await this.#connection?.close();
  }

  /** Subscribes to what is listened to, and to nothing else. Never rejects. */
  async #subscribe(): Promise<void> {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => void this.#renew(), this.#every).unref();
    this.#connection ??= this.#connected();
    const connection = this.#connection;
    const wanted = [...this.#listeners.keys()].filter((channel) => !this.#standing.has(channel));
    const unwanted = [...this.#standing].filter((channel) => !this.#listeners.has(channel));
    try {
      if (wanted.length > 0) await connection.send((client) => client.subscribe(...wanted));
      for (const channel of wanted) this.#standing.add(channel);
      if (unwanted.length > 0) await connection.send((client) => client.unsubscribe(...unwanted));
      for (const channel of unwanted) this.#standing.delete(channel);
    } catch {
      this.#lose();
      if (connection.isSilent && !this.#isClosed) {
        // A frozen server ends no connection.
        connection.drop();
        this.#connection = undefined;
        void this.#subscribing.again();
      }
      return;
    }
    if (!this.#mayHaveMissed) return;
    this.#mayHaveMissed = false;
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(null);
  }

  /**
   * Nothing is under way on a connection that only listens, so nothing would show that its server is frozen. To subscribe
   * again is answered by the server that has the subscriptions, also in a Cluster, and changes nothing where they stand.
   */
  async #renew(): Promise<void> {
    if (this.#listeners.size === 0) return;
    this.#standing.clear();
    await this.#subscribing.again();
  }

  #lose(): void {
    this.#standing.clear();
    this.#mayHaveMissed = this.#listeners.size > 0;
  }

  #connected(): RedisConnection {
    const connection = this.#connect();
    connection.onMessage((channel, message) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(Number(message));
    });
    connection.onLost(() => {
      if (this.#connection === connection) this.#lose();
    });
    connection.onReady(() => void this.#subscribing.again());
    return connection;
  }
}
