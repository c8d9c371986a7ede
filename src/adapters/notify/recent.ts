/** How many are remembered: a few hundred deliveries that fail half-way. */
const MOST = 10_000;

/**
 * What a service has taken already of deliveries that failed half-way, so that the next attempt goes on instead of sending it
 * again. Only a process that dies, or another one that goes on, sends it twice.
 */
export class Recent {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
    if (this.#keys.size <= MOST) return;
    const [oldest = ""] = this.#keys;
    this.#keys.delete(oldest);
  }
}
