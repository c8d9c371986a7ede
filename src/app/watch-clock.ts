import type { Duration } from "../domain/time.ts";
import type { Logger, StateStore } from "./ports.ts";

interface WatchClockOptions {
  readonly store: Pick<StateStore, "skew">;
  readonly logger: Logger;
}

const EVERY: Duration = 5_000;
/** More is told of, and half of it is over. */
const TOLERATED: Duration = 2_000;

/** Tells, once each, when this machine's clock has gone away from the store's, and when it has come back. */
export class WatchClock {
  readonly #options: WatchClockOptions;
  #timer: NodeJS.Timeout | undefined;
  #isAway = false;

  constructor(options: WatchClockOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const { store, logger } = this.#options;
    const skew = store.skew();
    if (skew === null) return;
    const fields = { skewSeconds: skew / 1_000 };
    if (!this.#isAway && isSkewed(skew)) {
      this.#isAway = true;
      logger.warn(fields, `${describeSkew(skew)}: what is due, and how old it is, goes by the store's`);
    } else if (this.#isAway && Math.abs(skew) <= TOLERATED / 2) {
      this.#isAway = false;
      logger.info(fields, "this machine's clock agrees with the store's again");
    }
  }
}

export function isSkewed(skew: Duration): boolean {
  return Math.abs(skew) > TOLERATED;
}

/** @param skew how far the store's clock is ahead of ours */
export function describeSkew(skew: Duration): string {
  const seconds = (Math.abs(skew) / 1_000).toFixed(1);
  return `this machine's clock is ${seconds} s ${skew > 0 ? "behind" : "ahead of"} the store's`;
}
