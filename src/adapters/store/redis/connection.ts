import { Redis } from "ioredis";
import { RollguardError } from "../../../domain/errors.ts";
import { type Client, createClient } from "./connect.ts";
import { NEEDED_ACL } from "./needed-acl.ts";
import type { Script } from "./script.ts";
import { SentinelWatch } from "./sentinel-watch.ts";
import type { RedisAddress } from "./url.ts";

export interface ConnectionOptions {
  readonly address: RedisAddress;
  /** Milliseconds. */
  readonly commandTimeout: number;
}

/** A client whose every failure is a `store_unavailable` that says why. */
export class RedisConnection {
  readonly #client: Client;
  readonly #watch: SentinelWatch | null;
  /** Where the server is, for people; never how to log in. */
  readonly #place: string;
  readonly #commandTimeout: number;
  readonly #firstAttempt: Promise<void>;
  /** Commands that nobody waits for any more, and that the server has not answered either. */
  #overdue = 0;
  #trouble: Error | undefined;

  constructor({ address, commandTimeout }: ConnectionOptions) {
    this.#place = address.endpoints.map(({ host, port }) => `${host}:${port}`).join(",");
    this.#commandTimeout = commandTimeout;
    this.#client = createClient(address, commandTimeout);
    this.#watch =
      address.kind === "sentinel" && this.#client instanceof Redis
        ? new SentinelWatch(this.#client, address, commandTimeout)
        : null;
    for (const event of ["error", "sentinelError", "node error"]) {
      this.#client.on(event, (error: Error) => {
        this.#trouble = error;
      });
    }
    this.#firstAttempt = firstAttempt(this.#client, commandTimeout);
  }

  /**
   * Runs a script, sending its text only to a server that does not know it yet.
   * @param replicas how many must have all that was written until then, too
   */
  async run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    replicas = 0,
  ): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args];
    return this.send(async (client) => {
      try {
        return await this.#call(client, "evalsha", [script.sha, ...rest], replicas);
      } catch (error) {
        if (!messageOf(error).startsWith("NOSCRIPT")) throw error;
        return this.#call(client, "eval", [script.lua, ...rest], replicas);
      }
    });
  }

  async ping(replicas: number): Promise<void> {
    await this.send((client) => this.#call(client, "ping", [], replicas));
  }

  /** @throws RollguardError `store_unavailable` */
  async send<T>(command: (client: Client) => Promise<T>): Promise<T> {
    if (this.#client.status !== "ready") await this.#firstAttempt;
    if (this.#client.status !== "ready") {
      throw this.#unavailable(this.#trouble ?? new Error("there is no connection"));
    }
    // What is sent behind an overdue command would only wait as long. The nodes of a Cluster are silent one by one.
    if (this.#overdue > 0 && !this.#client.isCluster)
      throw this.#unavailable(new Error("it does not answer"));
    try {
      return await this.#inTime(command);
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  onReady(listener: () => void): void {
    this.#client.on("ready", listener);
  }

  onLost(listener: () => void): void {
    this.#client.on("close", listener);
  }

  /** Something that was sent is not answered in time. */
  get isSilent(): boolean {
    return this.#overdue > 0;
  }

  onMessage(listener: (channel: string, message: string) => void): void {
    this.#client.on("message", listener);
  }

  async close(): Promise<void> {
    // A goodbye lets what was sent before it arrive; without a connection there is nobody to tell.
    if (this.#client.status === "ready") await this.#client.quit().catch(() => undefined);
    this.drop();
  }

  /** Without a goodbye, for one that does not answer. */
  drop(): void {
    this.#watch?.close();
    this.#client.disconnect();
  }

  #call(client: Client, name: string, args: (string | number)[], replicas: number): Promise<unknown> {
    return replicas === 0 ? client.call(name, args) : this.#callAndWait(client, name, args, replicas);
  }

  async #callAndWait(
    client: Client,
    name: string,
    args: (string | number)[],
    replicas: number,
  ): Promise<unknown> {
    // In one go, so that both are asked of the same server: the next primary would say yes to what it never had.
    const both = client
      .pipeline()
      .call(name, ...args)
      .call("wait", replicas, this.#commandTimeout / 4);
    const [[failure, answer] = [], [late, reached] = []] = (await both.exec()) ?? [];
    if (failure || late) throw failure ?? late;
    if (Number(reached) < replicas)
      throw new Error(
        `NOREPLICAS ${reached} of ${replicas} replicas have it: it could be lost with the primary`,
      );
    return answer;
  }

  #inTime<T>(command: (client: Client) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        this.#overdue += 1;
        reject(new Error("Command timed out"));
      }, this.#commandTimeout);
      command(this.#client)
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          if (late) this.#overdue -= 1;
        });
    });
  }

  #unavailable(error: unknown): RollguardError {
    const message = withNeeds(messageOf(error));
    return new RollguardError("store_unavailable", `Redis at ${this.#place} failed: ${message}`, {
      // Not the error itself: it may carry the arguments of its command, and a login has a password there.
      cause: new Error(message),
    });
  }
}

/** Who is refused is told what the user needs: it may be one command of many, and Redis does not say which. */
function withNeeds(message: string): string {
  return /NOPERM|user executing the script can't/.test(message) ? `${message}. ${NEEDED_ACL}` : message;
}

function messageOf(error: unknown): string {
  return (error as { message?: string }).message || String(error);
}

/** Resolves when the client is connected, or has failed for the first time: from then on nobody waits for it. */
function firstAttempt(client: Client, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patience).unref();
    const settled = (): void => {
      clearTimeout(timer);
      resolve();
    };
    client.once("ready", settled);
    client.once("error", settled);
    client.once("end", settled);
  });
}
