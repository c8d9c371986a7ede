import { randomUUID } from "node:crypto";
import type { Claim, ClaimedMessage, Outbox } from "../../../app/ports.ts";
import type { Message } from "../../../domain/message.ts";
import type { Duration, Instant } from "../../../domain/time.ts";
import type { EmbeddedApplication } from "./embedded-application.ts";
import type { Environment } from "./environment.ts";
import { messageIdOf, messageKey, rangeOf } from "./keys.ts";

export interface EmbeddedOutboxOptions {
  readonly environment: Environment;
  readonly of: (application: string) => EmbeddedApplication;
  /** Milliseconds that a change may wait for another process. */
  readonly lockTimeout: number;
}

/** How a message stands; none is stored before its first claim. */
interface Claimed {
  readonly attempt: number;
  /** Nobody may claim it before. */
  readonly until: Instant;
  /** Null while it waits for a retry. */
  readonly token: string | null;
}

const UNCLAIMED: Claimed = { attempt: 0, until: 0, token: null };

interface Claimable {
  readonly id: string;
  readonly message: Message;
  readonly attempt: number;
}

export class EmbeddedOutbox implements Outbox {
  readonly #options: EmbeddedOutboxOptions;

  constructor(options: EmbeddedOutboxOptions) {
    this.#options = options;
  }

  async claim(
    application: string,
    { lease, limit }: { lease: Duration; limit: number },
  ): Promise<ClaimedMessage[]> {
    const { environment, of } = this.#options;
    const number = environment.read(() => of(application).head())?.number;
    if (number === undefined) return [];
    // Whoever asks mostly finds nothing, and that need not wait for the disk.
    if (environment.read(() => this.#claimable(number, limit)).length === 0) return [];
    return this.#write(() => {
      const token = randomUUID();
      const until = Date.now() + lease;
      return this.#claimable(number, limit).map(({ id, message, attempt }) => {
        this.#put(number, id, { attempt: attempt + 1, until, token });
        return { id, token, message, attempt: attempt + 1 };
      });
    });
  }

  done(application: string, claim: Claim): Promise<boolean> {
    return this.#settle(application, claim, (number) => {
      const key = messageKey(number, claim.id);
      void this.#options.environment.tables.outbox.remove(key);
      void this.#options.environment.tables.claims.remove(key);
    });
  }

  failed(application: string, claim: Claim, retryIn: Duration): Promise<boolean> {
    return this.#settle(application, claim, (number, { attempt }) => {
      this.#put(number, claim.id, { attempt, until: Date.now() + retryIn, token: null });
    });
  }

  async #settle(
    application: string,
    { id, token }: Claim,
    settle: (number: number, claimed: Claimed) => void,
  ): Promise<boolean> {
    const { settled } = await this.#write(() => {
      const number = this.#options.of(application).head()?.number;
      if (number === undefined) return { settled: false };
      const claimed = this.#claimed(messageKey(number, id));
      if (claimed.token !== token) return { settled: false };
      settle(number, claimed);
      return { settled: true };
    });
    return settled;
  }

  /** The oldest message of each subject, where it is free. */
  #claimable(number: number, limit: number): Claimable[] {
    const now = Date.now();
    const seen = new Set<string>();
    const free: Claimable[] = [];
    for (const { key, value } of this.#options.environment.tables.outbox.getRange(rangeOf(number))) {
      if (free.length >= limit) break;
      const message: Message = JSON.parse(value);
      if (seen.has(message.subject)) continue;
      seen.add(message.subject);
      const id = messageIdOf(key);
      const { until, attempt } = this.#claimed(messageKey(number, id));
      if (until <= now) free.push({ id, message, attempt });
    }
    return free;
  }

  #claimed(key: Uint8Array): Claimed {
    const json = this.#options.environment.tables.claims.get(key);
    return json === undefined ? UNCLAIMED : JSON.parse(json);
  }

  #put(number: number, id: string, claimed: Claimed): void {
    void this.#options.environment.tables.claims.put(messageKey(number, id), JSON.stringify(claimed));
  }

  #write<T extends object>(job: () => T): Promise<T> {
    return this.#options.environment.write(this.#options.lockTimeout, job);
  }
}
