import type { Duration, Instant } from "../domain/time.ts";
import { addUp, type Unchanged } from "../domain/unchanged.ts";
import type { AlertOutcome } from "./alert-outcome.ts";
import { inParallel } from "./in-parallel.ts";
import type { Lanes } from "./lanes.ts";
import type { Logger } from "./ports.ts";

export interface TallyOptions {
  readonly lanes: Pick<Lanes, "submit">;
  readonly logger: Logger;
}

/** How long a count may wait to be kept: a crash loses no more of it, and no decision that changed anything. */
const EVERY: Duration = 5_000;
const AT_ONCE = 16;

/**
 * Counts what was decided on alerts and changed nothing, for the ledger. Kept in the store every few seconds rather than in the
 * request: a duplicate costs no commit.
 */
export class Tally {
  readonly #options: TallyOptions;
  #counted = new Map<string, readonly Unchanged[]>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isAway = false;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.flush());
    }, EVERY);
  }

  /** Keeps what has been counted so far. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    await this.flush();
  }

  count(outcomes: readonly AlertOutcome[], at: Instant): void {
    const found = new Map<string, Unchanged[]>();
    for (const { application, alert, reason, tier, rollback, revision } of outcomes) {
      if (revision !== null || application === null || reason === "unknown_application") continue;
      const one = { alert, reason, tier, rollback, times: 1, firstAt: at, lastAt: at };
      const others = found.get(application);
      if (others === undefined) found.set(application, [one]);
      else others.push(one);
    }
    for (const [application, unchanged] of found) this.#add(application, unchanged);
  }

  /** Never rejects: what cannot be kept is tried again. */
  async flush(): Promise<void> {
    const counted = [...this.#counted];
    this.#counted = new Map();
    const failures = await inParallel(counted, AT_ONCE, async ([application, unchanged]) => {
      try {
        await this.#options.lanes.submit(application, [{ type: "tally", unchanged }]);
        return [];
      } catch (error) {
        this.#add(application, unchanged);
        return [error];
      }
    });
    this.#tell(failures.flat()[0]);
  }

  #add(application: string, unchanged: readonly Unchanged[]): void {
    this.#counted.set(application, addUp(this.#counted.get(application) ?? [], unchanged));
  }

  #tell(error: unknown): void {
    const { logger } = this.#options;
    if (error !== undefined && !this.#isAway)
      logger.warn({ err: error }, "what was decided and changed nothing cannot be kept, and is tried again");
    this.#isAway = error !== undefined;
  }
}
