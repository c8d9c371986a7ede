import { faultRate, secondsSince } from "./faults.ts";
import { Random } from "./random.ts";
import type { Rollout } from "./rollout.ts";

/** The true rates of a stage, minute by minute, without its bad moments: what nobody can see. */
export class MinuteRates {
  readonly #rollout: Omit<Rollout, "label">;
  readonly #stage: number;
  readonly #random: Random;
  #second: number;

  /** @param from the stage's second that is told first: negative for what was before it */
  constructor(rollout: Omit<Rollout, "label">, stage: number, from: number) {
    this.#rollout = rollout;
    this.#stage = stage;
    this.#second = from;
    this.#random = new Random(rollout.seed, rollout.id * 64 + 16 + stage * 2 + (from < 0 ? 1 : 0));
  }

  /** Shares of requests that fail. */
  next(): { treatment: number; control: number } {
    const { scatter, base, fault, judged, users } = this.#rollout;
    const luck = users[this.#stage];
    const [treated, untreated] = [luck?.treatment ?? base, luck?.control ?? base];
    // A minute has the rate of its middle.
    const since = fault === null ? -1 : secondsSince(fault, this.#rollout, this.#stage, this.#second + 30);
    this.#second += 60;
    const faulty = fault === null ? 0 : faultRate(fault, treated, since);
    const everybody = judged === "service" ? faulty : 0;
    const control = this.#random.beta(Math.max(untreated, everybody), scatter);
    if (judged === "treatment" && faulty > treated)
      return { treatment: this.#random.beta(faulty, scatter), control };
    return { treatment: luck === undefined ? control : Math.max(treated, everybody), control };
  }
}
