import type { Duration } from "../domain/time.ts";
import { Deadline } from "./deadline.ts";
import type { Policies } from "./policies.ts";
import type { Logger, StateStore } from "./ports.ts";

interface ReadinessOptions {
  readonly policies: Policies;
  readonly store: Pick<StateStore, "ping">;
  readonly logger: Logger;
  /** The store is asked this often at most: 100 ms without. */
  readonly every?: Duration;
}

/** A store that is silent for this long counts as away, whatever it allows itself. */
const WITHIN: Duration = 3_000;

/**
 * Whether a rollback of any application could be committed now. What is answered was tried after it was asked; all who ask
 * while the store has just been tried wait for the next try, so that however many ask it costs the same.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  #next: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #triedAt = Number.NEGATIVE_INFINITY;
  #isReady: boolean | undefined;
  #isStopped = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** @throws RollguardError with why it could not */
  check(): Promise<void> {
    this.#next ??= this.#inTurn();
    return this.#next;
  }

  /** Resolves when nothing is tried any more; what our own end has cut short is not told. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#last;
  }

  async #inTurn(): Promise<void> {
    await this.#last;
    const early = this.#triedAt + (this.#options.every ?? 100) - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early).unref());
    // Who comes from here on is answered by the next one.
    this.#next = undefined;
    this.#triedAt = performance.now();
    const trying = this.#try();
    this.#last = trying.catch(() => undefined);
    await trying;
  }

  async #try(): Promise<void> {
    const { policies, store, logger } = this.#options;
    const deadline = new Deadline(WITHIN);
    try {
      const names = policies.all().map(({ application }) => application.name);
      await deadline.run("the store", () => Promise.all(names.map((name) => store.ping(name))));
      if (this.#isReady === false) logger.info({}, "ready again: rollbacks can be committed");
      this.#isReady = true;
    } catch (error) {
      // Said once: it is asked every few seconds.
      if (this.#isReady !== false && !this.#isStopped)
        logger.warn({ err: error }, "not ready: no rollback can be committed");
      this.#isReady = false;
      throw error;
    } finally {
      deadline.clear();
    }
  }
}
