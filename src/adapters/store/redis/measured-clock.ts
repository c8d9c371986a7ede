import type { Duration, Instant } from "../../../domain/time.ts";

/**
 * A server's clock, as its answers tell it. It goes by this process' monotonic time, which nobody sets, and each answer
 * moves it no further than it proves: the server has looked at its clock between the question and the answer.
 */
export class MeasuredClock {
  /** Milliseconds from `performance.now()` to the server's time. */
  #offset: number | undefined;

  /**
   * @param server in whole milliseconds, rounded down
   * @param sentAt when it was asked, by `performance.now()`
   */
  measured(server: Instant, sentAt: number, receivedAt = performance.now()): void {
    const least = server - receivedAt;
    const most = server + 1 - sentAt;
    // The first time it was half a round trip ago, as far as anybody can tell.
    this.#offset = Math.min(Math.max(this.#offset ?? (least + most) / 2, least), most);
  }

  /** Undefined before the first answer. */
  now(): Instant | undefined {
    return this.#offset === undefined ? undefined : Math.floor(performance.now() + this.#offset);
  }

  /** How far it is ahead of this machine's own; undefined before the first answer. */
  ahead(): Duration | undefined {
    const now = this.now();
    return now === undefined ? undefined : now - Date.now();
  }
}
