import type { Instant } from "../../domain/time.ts";

/**
 * One application's time: what its store's clock says, but never behind what was committed. When that clock is set back,
 * this one goes on from where it was at half the speed until the other one has come up to it: what is due still comes due,
 * and nothing comes before what was there already.
 */
export class SteadyClock {
  /** With fractions, or half a millisecond at a time would be none. */
  #now = 0;
  #clock: Instant = 0;

  /** Something was committed, here or elsewhere. @param clock what the store's clock said then */
  committed(at: Instant, clock: Instant): void {
    if (at <= this.#now) return;
    this.#now = at;
    this.#clock = clock;
  }

  /** @param clock what the store's clock says now */
  at(clock: Instant): Instant {
    const passed = Math.max(0, clock - this.#clock);
    this.#now = Math.max(clock, this.#now + passed / 2);
    this.#clock = clock;
    return Math.floor(this.#now);
  }
}
