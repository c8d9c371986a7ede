import type { Redis } from "ioredis";
import { createSentinelClient } from "./connect.ts";
import type { RedisAddress } from "./url.ts";

const ANNOUNCED = "+switch-master";

/**
 * Hears from every sentinel that the primary is another one now, whatever the connection to it is doing: the old one takes
 * writes for about ten seconds more, and then forgets them. It also asks now and then: an announcement may be lost with a
 * connection, and a sentinel that is frozen says nothing for ever.
 *
 * ioredis has a failover detector of its own, but ends its client for good when an announcement comes while it asks a
 * sentinel (6.0.0), which takes long where a sentinel is frozen together with the primary.
 */
export class SentinelWatch {
  readonly #master: string;
  readonly #client: Redis;
  readonly #sentinels: readonly Redis[];
  /** Where each sentinel said last that the primary is, as `host:port`. */
  readonly #told = new Map<Redis, string>();
  readonly #timer: NodeJS.Timeout;
  /** Where the primary has moved to, and the client was not seen since. */
  #primary: string | undefined;

  /** @param client looks for the primary again whenever that has moved */
  constructor(client: Redis, address: RedisAddress, commandTimeout: number) {
    this.#client = client;
    this.#master = address.master;
    this.#sentinels = address.endpoints.map((endpoint) => {
      const sentinel = createSentinelClient(address, endpoint, commandTimeout);
      this.#listenTo(sentinel);
      return sentinel;
    });
    // One that asks a sentinel just now may be sent to the old one still.
    client.on("ready", () => this.#follow());
    this.#timer = setInterval(() => {
      for (const sentinel of this.#sentinels) void this.#ask(sentinel);
    }, commandTimeout).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const sentinel of this.#sentinels) sentinel.disconnect();
  }

  #listenTo(sentinel: Redis): void {
    // It connects again by itself, and the others are there meanwhile.
    sentinel.on("error", () => undefined);
    sentinel.on("message", (_channel: string, message: string) => {
      const [name, , , host, port] = message.split(" ");
      if (name === this.#master) this.#hear(sentinel, `${host}:${port}`);
    });
    sentinel.on("ready", () => {
      sentinel.subscribe(ANNOUNCED).catch(() => undefined);
      // Afterwards, so that nothing is missed in between.
      void this.#ask(sentinel);
    });
  }

  async #ask(sentinel: Redis): Promise<void> {
    if (sentinel.status !== "ready") return;
    const answer = await sentinel
      .call("sentinel", ["get-master-addr-by-name", this.#master])
      .catch(() => null);
    if (Array.isArray(answer)) this.#hear(sentinel, answer.join(":"));
  }

  #hear(sentinel: Redis, primary: string): void {
    const before = this.#told.get(sentinel);
    this.#told.set(sentinel, primary);
    if (before === undefined || before === primary) return;
    this.#primary = primary;
    this.#follow();
  }

  #follow(): void {
    const { status, stream } = this.#client;
    if (status !== "ready" && status !== "connect") return;
    const isThere =
      this.#primary === undefined || this.#primary === `${stream.remoteAddress}:${stream.remotePort}`;
    // Once for each move: where sentinels use names, or addresses of their own, the two are never the same.
    this.#primary = undefined;
    if (!isThere) this.#client.disconnect(true);
  }
}
