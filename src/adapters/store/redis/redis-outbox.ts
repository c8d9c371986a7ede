import { randomUUID } from "node:crypto";
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
import type { Message } from "../../../domain/message.ts";
import type { Duration } from "../../../domain/time.ts";
import { entryOf, MAX_LATER, MAX_RECEIPTS, shortWhy, UNCLAIMED } from "../outbox-entry.ts";
import type { RedisApplication } from "./redis-application.ts";
import type { Script } from "./script.ts";
import { BURY } from "./scripts/bury.ts";
import { CLAIM } from "./scripts/claim.ts";
import { DEPTH } from "./scripts/depth.ts";
import { DONE } from "./scripts/done.ts";
import { DROP } from "./scripts/drop.ts";
import { FAILED } from "./scripts/failed.ts";
import { LIST } from "./scripts/list.ts";
import { RETRY } from "./scripts/retry.ts";

type Claimed = readonly [
  id: string,
  attempt: number,
  failingSince: number | "",
  json: string,
  receipt: string,
  later: readonly string[],
];

/** Where XRANGE begins. */
const OLDEST = "-";
const behind = (id: string): string => `(${id}`;

/** Messages that are listed in one call. */
const PAGE = 500;

export class RedisOutbox implements Outbox {
  readonly #of: (application: string) => RedisApplication;

  constructor(of: (application: string) => RedisApplication) {
    this.#of = of;
  }

  async claim(application: string, { lease, limit, channels }: ClaimRequest): Promise<ClaimedMessage[]> {
    const token = randomUUID();
    const claimed: ClaimedMessage[] = [];
    const passed: string[] = [];
    const only = channels === undefined ? "" : ` ${channels.join(" ")} `;
    // In windows, since what waits or is dead may be many, and must not keep back what is behind it.
    for (let from = OLDEST; from !== ""; ) {
      const args = [token, lease, limit - claimed.length, MAX_LATER, from, only, ...passed];
      const [, leased, next, seen] = await this.#ask(application, CLAIM, args);
      claimed.push(...(leased as readonly Claimed[]).map((each) => claimedFrom(token, each)));
      passed.push(...(seen as readonly string[]));
      from = String(next);
    }
    return claimed;
  }

  done(application: string, { id, token }: Claim, delivered: Delivered = {}): Promise<boolean> {
    const { merged = [] } = delivered;
    return this.#change(application, DONE, [id, token, ...receiptOf(delivered), ...merged]);
  }

  failed(
    application: string,
    { id, token }: Claim,
    retryIn: Duration,
    failure: Failed = {},
  ): Promise<boolean> {
    const why = shortWhy(failure.why ?? "");
    return this.#change(application, FAILED, [id, token, ...receiptOf(failure), retryIn, why]);
  }

  bury(application: string, { id, token }: Claim, why: string): Promise<boolean> {
    return this.#change(application, BURY, [id, token, shortWhy(why)]);
  }

  async list(
    application: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<OutboxEntry[]> {
    const entries: OutboxEntry[] = [];
    let from = after === undefined ? OLDEST : behind(after);
    while (entries.length < limit) {
      const page = Math.min(PAGE, limit - entries.length);
      const [, now, listed] = await this.#ask(application, LIST, [from, page]);
      const found = (listed as readonly [id: string, json: string, claim: string][]).map(
        ([id, json, claim]) => entryFrom(id, json, claim, Number(now)),
      );
      entries.push(...found);
      const last = found.at(-1);
      if (last === undefined || found.length < page) break;
      from = behind(last.id);
    }
    return entries;
  }

  async retry(application: string, id: string): Promise<boolean> {
    return isOutboxId(id) && (await this.#change(application, RETRY, [id]));
  }

  async drop(application: string, id: string): Promise<boolean> {
    return isOutboxId(id) && (await this.#change(application, DROP, [id]));
  }

  async depth(application: string): Promise<OutboxDepth> {
    const passed: string[] = [];
    for (let from = OLDEST; ; ) {
      const answer = await this.#ask(application, DEPTH, [from, ...passed]);
      const [, all, dead, oldest, next, postponed] = answer;
      if (next === "") {
        const oldestAt = oldest === "" ? null : (JSON.parse(String(oldest)) as Message).at;
        return { waiting: Number(all) - Number(dead), dead: Number(dead), oldestAt };
      }
      passed.push(...(postponed as readonly string[]));
      from = String(next);
    }
  }

  async #change(application: string, script: Script, args: readonly (string | number)[]): Promise<boolean> {
    const [, changed] = await this.#ask(application, script, args);
    return changed === 1;
  }

  #ask(application: string, script: Script, args: readonly (string | number)[]): Promise<readonly unknown[]> {
    return this.#of(application).ask(script, [], args);
  }
}

function claimedFrom(token: string, [id, attempt, failingSince, json, kept, later]: Claimed): ClaimedMessage {
  return {
    id,
    token,
    attempt,
    message: JSON.parse(json),
    failingSince: failingSince === "" ? null : failingSince,
    later: later.flatMap((each, index) =>
      index % 2 === 0 ? [{ id: each, message: JSON.parse(later[index + 1] ?? "") }] : [],
    ),
    receipt: kept === "" ? null : (JSON.parse(kept) as { receipt: Receipt }).receipt,
  };
}

function entryFrom(id: string, json: string, claim: string, now: number): OutboxEntry {
  const { untilMs = 0, ...rest } = claim === "" ? UNCLAIMED : JSON.parse(claim);
  return entryOf(id, JSON.parse(json), { ...rest, until: untilMs }, now);
}

/** What the scripts take for it. */
function receiptOf({ receipt }: { readonly receipt?: Receipt | null }): [string, number] {
  const json = receipt === undefined ? "keep" : receipt === null ? "forget" : JSON.stringify(receipt);
  return [json, MAX_RECEIPTS];
}
