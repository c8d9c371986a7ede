import type {
  Claim,
  ClaimedMessage,
  ClaimRequest,
  Delivered,
  Failed,
  Outbox,
  OutboxDepth,
  OutboxEntry,
  Receipt,
} from "../../../app/outbox.ts";
import { isOutboxId } from "../../../app/outbox-id.ts";
import { laneOf } from "../../../domain/message.ts";
import type { Duration, Instant } from "../../../domain/time.ts";
import { type ClaimRecord, entryOf, isLeased, shortWhy, UNCLAIMED } from "../outbox-entry.ts";
import { newToken } from "./claim-holder.ts";
import type { EmbeddedApplication } from "./embedded-application.ts";
import type { Environment } from "./environment.ts";
import { freeLanes, oldestWaiting } from "./outbox-lanes.ts";
import { OutboxTables } from "./outbox-tables.ts";

export interface EmbeddedOutboxOptions {
  readonly environment: Environment;
  readonly of: (application: string) => EmbeddedApplication;
  /** Milliseconds that a change may wait for another process. */
  readonly lockTimeout: number;
}

/** @param now the application's time */
type Job<T> = (tables: OutboxTables, now: Instant) => T;

export class EmbeddedOutbox implements Outbox {
  readonly #options: EmbeddedOutboxOptions;

  constructor(options: EmbeddedOutboxOptions) {
    this.#options = options;
  }

  async claim(application: string, { lease, limit, channels }: ClaimRequest): Promise<ClaimedMessage[]> {
    // Whoever asks mostly finds nothing, and that need not wait for the disk.
    const isFree = this.#read(
      application,
      (tables, now) => freeLanes(tables.messages(), 1, now, channels).length > 0,
      false,
    );
    if (!isFree) return [];
    const token = newToken();
    const { result } = await this.#write<ClaimedMessage[]>(
      application,
      (tables, now) =>
        freeLanes(tables.messages(), limit, now, channels).map(({ id, lane, message, claim, later }) => {
          const attempt = claim.attempt + 1;
          tables.putClaim(id, { ...claim, attempt, since: now, until: now + lease, token });
          const { failingSince = null } = claim;
          return { id, token, message, attempt, failingSince, later, receipt: tables.receipt(lane) };
        }),
      [],
    );
    return result;
  }

  done(application: string, claim: Claim, { merged = [], receipt }: Delivered = {}): Promise<boolean> {
    return this.#settle(application, claim, (tables, _, now) => {
      putReceipt(tables, claim.id, receipt, now);
      for (const id of [claim.id, ...merged]) tables.remove(id);
    });
  }

  failed(
    application: string,
    claim: Claim,
    retryIn: Duration,
    { why = "", receipt }: Failed = {},
  ): Promise<boolean> {
    return this.#settle(application, claim, (tables, { attempt, failingSince, ...old }, now) => {
      putReceipt(tables, claim.id, receipt, now);
      const given = { ...old, since: now, until: now + retryIn, token: null };
      tables.putClaim(
        claim.id,
        why !== ""
          ? { ...given, attempt, failingSince: failingSince ?? now, why: shortWhy(why) }
          : receipt === undefined
            ? { ...given, attempt: attempt - 1, failingSince: failingSince ?? null }
            : { ...given, attempt: 0, failingSince: null, why: null },
      );
    });
  }

  bury(application: string, claim: Claim, why: string): Promise<boolean> {
    return this.#settle(application, claim, (tables, old) => {
      tables.putClaim(claim.id, { ...old, until: 0, token: null, dead: true, why: shortWhy(why) });
    });
  }

  async list(
    application: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<OutboxEntry[]> {
    return this.#read<OutboxEntry[]>(
      application,
      (tables, now) => {
        const entries: OutboxEntry[] = [];
        for (const { id, message, claim } of tables.messages(after)) {
          if (entries.length >= limit) break;
          entries.push(entryOf(id, message, claim, now));
        }
        return entries;
      },
      [],
    );
  }

  retry(application: string, id: string): Promise<boolean> {
    return this.#change(application, id, (tables, now) => {
      const claim = tables.claim(id);
      // One that is leased is being tried already. A claim that has run out stays its holder's until somebody takes it.
      if (claim === UNCLAIMED || isLeased(claim, now)) return;
      const { attempt, token = null, why = null } = claim;
      tables.putClaim(id, { attempt, until: 0, token, why });
    });
  }

  drop(application: string, id: string): Promise<boolean> {
    return this.#change(application, id, (tables) => tables.remove(id));
  }

  async depth(application: string): Promise<OutboxDepth> {
    return this.#read<OutboxDepth>(
      application,
      (tables, now) => {
        const { all, dead } = tables.count();
        const oldest = oldestWaiting(tables.messages(), now);
        return { waiting: all - dead, dead, oldestAt: oldest?.at ?? null };
      },
      { waiting: 0, dead: 0, oldestAt: null },
    );
  }

  async #settle(
    application: string,
    { id, token }: Claim,
    settle: (tables: OutboxTables, claim: ClaimRecord, now: Instant) => void,
  ): Promise<boolean> {
    const { result } = await this.#write(
      application,
      (tables, now) => {
        const claim = tables.claim(id);
        if (claim.token !== token) return false;
        settle(tables, claim, now);
        return true;
      },
      false,
    );
    return result;
  }

  async #change(
    application: string,
    id: string,
    change: (tables: OutboxTables, now: Instant) => void,
  ): Promise<boolean> {
    if (!isOutboxId(id)) return false;
    const { result } = await this.#write(
      application,
      (tables, now) => {
        if (!tables.has(id)) return false;
        change(tables, now);
        return true;
      },
      false,
    );
    return result;
  }

  #read<T>(application: string, job: Job<T>, none: T): T {
    return this.#options.environment.read(() => this.#run(application, job, none));
  }

  #write<T>(application: string, job: Job<T>, none: T): Promise<{ result: T }> {
    const { environment, lockTimeout } = this.#options;
    return environment.write(lockTimeout, () => ({ result: this.#run(application, job, none) }));
  }

  /** @param none the result of an application without a single commit */
  #run<T>(application: string, job: Job<T>, none: T): T {
    const { environment, of } = this.#options;
    const number = of(application).head()?.number;
    if (number === undefined) return none;
    const now = of(application).now();
    return job(new OutboxTables(environment.tables, number, now), now);
  }
}

function putReceipt(
  tables: OutboxTables,
  id: string,
  receipt: Receipt | null | undefined,
  now: Instant,
): void {
  const message = receipt === undefined ? null : tables.message(id);
  if (receipt !== undefined && message !== null) tables.putReceipt(laneOf(message), receipt, now);
}
