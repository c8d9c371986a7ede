import type { Unsubscribe } from "../../../app/ports.ts";
import { Turns } from "../turns.ts";
import type { RedisConnection } from "./connection.ts";

type Listener = (revision: number) => void;

/** Hands what is published on to who listens, over a connection of its own that is made when it is needed. */
export class Announcements {
  readonly #connect: () => RedisConnection;
  readonly #listeners = new Map<string, Set<Listener>>();
  /** One at a time, so that nobody is told to be subscribed while somebody else's subscription is on its way. */
  readonly #turns = new Turns();
  #connection: RedisConnection | undefined;

  constructor(connect: () => RedisConnection) {
    this.#connect = connect;
  }

  /** @throws RollguardError `store_unavailable` */
  async listen(channel: string, listener: Listener): Promise<Unsubscribe> {
    // Its own object, so that a listener that comes twice can go once.
    const own: Listener = (revision) => listener(revision);
    await this.#turns.take(() => this.#add(channel, own));
    return () => this.#turns.take(() => this.#remove(channel, own));
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#connection?.close();
  }

  async #add(channel: string, listener: Listener): Promise<void> {
    this.#connection ??= this.#connected();
    const listeners = this.#listeners.get(channel);
    if (listeners !== undefined) {
      listeners.add(listener);
      return;
    }
    await this.#connection.send((client) => client.subscribe(channel));
    this.#listeners.set(channel, new Set([listener]));
  }

  async #remove(channel: string, listener: Listener): Promise<void> {
    const listeners = this.#listeners.get(channel);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#listeners.delete(channel);
    // Without a connection there is no subscription either.
    await this.#connection?.send((client) => client.unsubscribe(channel)).catch(() => undefined);
  }

  #connected(): RedisConnection {
    const connection = this.#connect();
    connection.onMessage((channel, message) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(Number(message));
    });
    connection.onReady(() => {
      const channels = [...this.#listeners.keys()];
      if (channels.length === 0) return;
      // Should this fail, then because the connection is lost again; and the next one comes by here too.
      connection.send((client) => client.subscribe(...channels)).catch(() => undefined);
    });
    return connection;
  }
}
