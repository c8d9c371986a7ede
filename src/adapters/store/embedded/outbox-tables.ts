import type { Receipt } from "../../../app/outbox.ts";
import type { Duration, Instant } from "../../../domain/time.ts";
import { type ClaimRecord, MAX_RECEIPTS, UNCLAIMED } from "../outbox-entry.ts";
import { isHolderGone } from "./claim-holder.ts";
import type { Tables } from "./environment.ts";
import { fieldKey, messageIdOf, messageKey, rangeOf } from "./keys.ts";
import type { StoredMessage } from "./outbox-lanes.ts";

interface KeptReceipt {
  readonly at: Instant;
  readonly receipt: Receipt;
}

/** Two readings of one clock: that of a virtual machine may go back by a moment. */
const CLOCKS_DIFFER: Duration = 1_000;

/** One application's part of the tables that make the outbox; to be used in a transaction. */
export class OutboxTables {
  readonly #tables: Tables;
  readonly #number: number;
  readonly #now: Instant;

  /** @param number the application's, as it stands in all keys */
  constructor(tables: Tables, number: number, now: Instant) {
    this.#tables = tables;
    this.#number = number;
    this.#now = now;
  }

  /** The oldest first; each is read when it is asked for. */
  *messages(after?: string): Generator<StoredMessage> {
    const range = rangeOf(this.#number);
    const from =
      after === undefined
        ? range
        : { ...range, start: messageKey(this.#number, after), exclusiveStart: true };
    for (const { key, value } of this.#tables.outbox.getRange(from)) {
      const id = messageIdOf(key);
      yield { id, message: JSON.parse(value), claim: this.claim(id) };
    }
  }

  has(id: string): boolean {
    return this.#tables.outbox.doesExist(messageKey(this.#number, id));
  }

  message(id: string): StoredMessage["message"] | null {
    const json = this.#tables.outbox.get(messageKey(this.#number, id));
    return json === undefined ? null : JSON.parse(json);
  }

  remove(id: string): void {
    const key = messageKey(this.#number, id);
    void this.#tables.outbox.remove(key);
    void this.#tables.claims.remove(key);
  }

  /** How many there are, and how many of them are dead. */
  count(): { all: number; dead: number } {
    let dead = 0;
    for (const { value } of this.#tables.claims.getRange(rangeOf(this.#number)))
      if ((JSON.parse(value) as ClaimRecord).dead) dead += 1;
    return { all: this.#tables.outbox.getKeysCount(rangeOf(this.#number)), dead };
  }

  claim(id: string): ClaimRecord {
    const json = this.#tables.claims.get(messageKey(this.#number, id));
    const claim: ClaimRecord = json === undefined ? UNCLAIMED : JSON.parse(json);
    const { token, since = 0 } = claim;
    if (typeof token === "string" && isHolderGone(token)) return { ...claim, until: 0, token: null };
    // The clock was set back, and we were started since: what was to be waited for would last so much longer.
    return since > this.#now + CLOCKS_DIFFER ? { ...claim, since: 0, until: 0 } : claim;
  }

  putClaim(id: string, claim: ClaimRecord): void {
    void this.#tables.claims.put(messageKey(this.#number, id), JSON.stringify(claim));
  }

  receipt(lane: string): Receipt | null {
    const json = this.#tables.receipts?.get(fieldKey(this.#number, lane));
    return json === undefined ? null : (JSON.parse(json) as KeptReceipt).receipt;
  }

  /** @param receipt null: the lane's is forgotten */
  putReceipt(lane: string, receipt: Receipt | null, now: Instant): void {
    const { receipts } = this.#tables;
    const key = fieldKey(this.#number, lane);
    if (receipt === null) void receipts?.remove(key);
    else {
      if (receipts?.doesExist(key) === false) this.#makeRoom();
      const kept: KeptReceipt = { at: now, receipt };
      void receipts?.put(key, JSON.stringify(kept));
    }
  }

  #makeRoom(): void {
    const { receipts } = this.#tables;
    // A range of its own: counting leaves its mark in it.
    if (receipts === undefined || receipts.getKeysCount(rangeOf(this.#number)) < MAX_RECEIPTS) return;
    let oldest: { readonly key: Uint8Array; readonly at: Instant } | undefined;
    for (const { key, value } of receipts.getRange(rangeOf(this.#number))) {
      const { at } = JSON.parse(value) as KeptReceipt;
      if (oldest === undefined || at < oldest.at) oldest = { key, at };
    }
    if (oldest !== undefined) void receipts.remove(oldest.key);
  }
}
