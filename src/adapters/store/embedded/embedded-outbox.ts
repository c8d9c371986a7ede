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
import type { Duration } from "../../../domain/time.ts";
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

export class EmbeddedOutbox implements Outbox {
  readonly #options: EmbeddedOutboxOptions;

  constructor(options: EmbeddedOutboxOptions) {
    this.#options = options;
  }

  async claim(application: string, { lease, limit, channels }: ClaimRequest): Promise<ClaimedMessage[]> {
    // Whoever asks mostly finds nothing, and that need not wait for the disk.
    const isFree = this.#read(
      application,
      (tables) => freeLanes(tables.messages(), 1, Date.now(), channels).length > 0,
      false,
    );
    if (!isFree) return [];
    const token = newToken();
    const { result } = await this.#write<ClaimedMessage[]>(
      application,
      (tables) => {
        const now = Date.now();
        return freeLanes(tables.messages(), limit, now, channels).map(
          ({ id, lane, message, claim, later }) => {
            const attempt = claim.attempt + 1;
            tables.putClaim(id, { ...claim, attempt, until: now + lease, token });
            const { failingSince = null } = claim;
            return { id, token, message, attempt, failingSince, later, receipt: tables.receipt(lane) };
          },
        );
      },
      [],
    );
    return result;
  }

  done(application: string, claim: Claim, { merged = [], receipt }: Delivered = {}): Promise<boolean> {
    return this.#settle(application, claim, (tables) => {
      putReceipt(tables, claim.id, receipt);
      for (const id of [claim.id, ...merged]) tables.remove(id);
    });
  }

  failed(
    application: string,
    claim: Claim,
    retryIn: Duration,
    { why = "", receipt }: Failed = {},
  ): Promise<boolean> {
    return this.#settle(application, claim, (tables, { attempt, failingSince, ...old }) => {
      putReceipt(tables, claim.id, receipt);
      const now = Date.now();
      const given = { ...old, until: now + retryIn, token: null };
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
      (tables) => {
        const now = Date.now();
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
    return this.#change(application, id, (tables) => {
      const claim = tables.claim(id);
      // One that is leased is being tried already. A claim that has run out stays its holder's until somebody takes it.
      if (claim === UNCLAIMED || isLeased(claim, Date.now())) return;
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
      (tables) => {
        const { all, dead } = tables.count();
        const oldest = oldestWaiting(tables.messages(), Date.now());
        return { waiting: all - dead, dead, oldestAt: oldest?.at ?? null };
      },
      { waiting: 0, dead: 0, oldestAt: null },
    );
  }

  async #settle(
    application: string,
    { id, token }: Claim,
    settle: (tables: OutboxTables, claim: ClaimRecord) => void,
  ): Promise<boolean> {
    const { result } = await this.#write(
      application,
      (tables) => {
        const claim = tables.claim(id);
        if (claim.token !== token) return false;
        settle(tables, claim);
        return true;
      },
      false,
    );
    return result;
  }

  async #change(application: string, id: string, change: (tables: OutboxTables) => void): Promise<boolean> {
    if (!isOutboxId(id)) return false;
    const { result } = await this.#write(
      application,
      (tables) => {
        if (!tables.has(id)) return false;
        change(tables);
        return true;
      },
      false,
    );
    return result;
  }

  #read<T>(application: string, job: (tables: OutboxTables) => T, none: T): T {
    return this.#options.environment.read(() => this.#run(application, job, none));
  }

  #write<T>(application: string, job: (tables: OutboxTables) => T, none: T): Promise<{ result: T }> {
    const { environment, lockTimeout } = this.#options;
    return environment.write(lockTimeout, () => ({ result: this.#run(application, job, none) }));
  }

  /** @param none the result of an application without a single commit */
  #run<T>(application: string, job: (tables: OutboxTables) => T, none: T): T {
    const { environment, of } = this.#options;
    const number = of(application).head()?.number;
    return number === undefined ? none : job(new OutboxTables(environment.tables, number));
  }
}

function putReceipt(tables: OutboxTables, id: string, receipt: Receipt | null | undefined): void {
  const message = receipt === undefined ? null : tables.message(id);
  if (receipt !== undefined && message !== null) tables.putReceipt(laneOf(message), receipt, Date.now());
}
