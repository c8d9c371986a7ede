import type { Duration, Instant } from "../../../domain/time.ts";
import { SteadyClock } from "../steady-clock.ts";
import { MeasuredClock } from "./measured-clock.ts";

/** The application's time, and what the server's clock said then. */
export interface Times {
  readonly now: Instant;
  readonly clock: Instant;
}

/** An application's time, from what the server says of it. */
export class ApplicationClock {
  readonly #steady = new SteadyClock();
  readonly #measured = new MeasuredClock();

  /** As far as it is known here. */
  now(): Instant {
    return this.#measured.now() ?? Date.now();
  }

  /** How far it is ahead of this machine's; undefined before the first answer. */
  ahead(): Duration | undefined {
    return this.#measured.ahead();
  }

  /** @param sentAt when it was asked, by `performance.now()` */
  read([time, at, committedBy]: readonly unknown[], sentAt: number): Times {
    const clock = Number(time);
    if (at !== undefined) this.#steady.committed(Number(at), Number(committedBy));
    const now = this.#steady.at(clock);
    this.#measured.measured(now, sentAt);
    return { now, clock };
  }
}
