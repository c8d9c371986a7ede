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

  /** Of thousands in one body most are of the kind of the one before: each of those costs a comparison. */
  count(outcomes: readonly AlertOutcome[], at: Instant): void {
    let kind: AlertOutcome | undefined;
    let times = 0;
    for (const outcome of outcomes) {
      const { application, reason, revision } = outcome;
      if (revision !== null || application === null || reason === "unknown_application") continue;
      if (kind !== undefined && isSameKind(kind, outcome)) {
        times += 1;
        continue;
      }
      this.#count(kind, times, at);
      kind = outcome;
      times = 1;
    }
    this.#count(kind, times, at);
  }

  #count(kind: AlertOutcome | undefined, times: number, at: Instant): void {
    if (kind === undefined || kind.application === null) return;
    const { application, alert, reason, tier, rollback } = kind;
    this.#add(application, [{ alert, reason, tier, rollback, times, firstAt: at, lastAt: at }]);
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

function isSameKind(one: AlertOutcome, other: AlertOutcome): boolean {
  return (
    one.application === other.application &&
    one.alert === other.alert &&
    one.reason === other.reason &&
    one.tier === other.tier &&
    one.rollback === other.rollback
  );
}
