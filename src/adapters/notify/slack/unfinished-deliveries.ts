import type { Delivery } from "../../../app/notify/notifier.ts";
import { type CardReceipt, readReceipt } from "./incident-receipt.ts";

/** How far one delivery has come. */
export interface Progress {
  /** Null: there is no card yet, as far as is known. */
  card: CardReceipt | null;
  /** How many of its messages the thread tells of; null: that is not known. */
  told: number | null;
}

const MOST = 200;

/**
 * What deliveries that failed half-way have done already. A delivery that fails leaves no receipt, and the app may lack
 * the scopes to look for what it wrote.
 */
export class UnfinishedDeliveries {
  readonly #all = new Map<string, Progress>();

  of({ id, receipt, attempt }: Delivery): Progress {
    const known = this.#all.get(id);
    if (known !== undefined) return known;
    const progress: Progress = { card: readReceipt(receipt), told: attempt === 1 ? 0 : null };
    this.#all.set(id, progress);
    const [oldest] = this.#all.keys();
    if (this.#all.size > MOST && oldest !== undefined) this.#all.delete(oldest);
    return progress;
  }

  finished({ id }: Delivery): void {
    this.#all.delete(id);
  }
}
