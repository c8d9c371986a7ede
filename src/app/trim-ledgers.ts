import { lastToLeave } from "../domain/ledger-retention.ts";
import type { Policy } from "../domain/policy.ts";
import type { Duration, Instant } from "../domain/time.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Ledger, Logger, StateStore } from "./ports.ts";

export interface TrimLedgersOptions {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often it is asked whose turn it is. */
const LOOK: Duration = 1_000;
/** Everybody's first turn comes within this time, and not in the same moment. */
const SPREAD: Duration = 60_000;
/** From one turn of an application to its next. */
const EVERY: Duration = 3_600_000;
/** After a failure. */
const TRY_AGAIN: Duration = 300_000;
/** Of the oldest events, how many are looked at in one go. */
const PAGE = 1_000;

/**
 * Takes what is too old, or too much, out of the ledgers: one application after the other, since nobody waits for it and
 * everybody shares the store. Any number of responders may do so at once. Their clocks and policies may differ; what one
 * has taken out leaves nothing to do for the others.
 */
export class TrimLedgers {
  readonly #options: TrimLedgersOptions;
  readonly #due = new Map<string, Instant>();
  readonly #failed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor(options: TrimLedgersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.look().finally(() => {
        this.#running = null;
      });
    }, LOOK);
  }

  /** Begins nothing more, and resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Gives everybody whose turn it is theirs. Never rejects: it is tried again. */
  async look(): Promise<void> {
    const { policies, clock } = this.#options;
    for (const policy of policies.all()) {
      if (this.#isStopped) return;
      const { name } = policy.application;
      const due = this.#due.get(name) ?? clock.now() + Math.ceil(Math.random() * SPREAD);
      this.#due.set(name, due);
      if (due > clock.now()) continue;
      const succeeded = await this.#turnOf(policy);
      this.#due.set(name, clock.now() + (succeeded ? EVERY : TRY_AGAIN));
    }
  }

  async #turnOf(policy: Policy): Promise<boolean> {
    const { logger } = this.#options;
    const application = policy.application.name;
    try {
      const { removed, ledger } = await this.#trim(policy);
      if (removed > 0)
        logger.info({ application, removed, ...ledger }, "the oldest events have left the ledger");
      if (this.#failed.delete(application)) logger.info({ application }, "the ledger can be trimmed again");
      return true;
    } catch (error) {
      // Said once: it stays as it is for as long as nobody does anything about it.
      if (!this.#failed.has(application))
        logger.warn(
          { application, err: error },
          "the ledger cannot be trimmed: it grows, and is tried again",
        );
      this.#failed.add(application);
      return false;
    }
  }

  async #trim({
    application: { name },
    ledger: limits,
  }: Policy): Promise<{ removed: number; ledger: Ledger }> {
    const { store, clock } = this.#options;
    const before = await store.ledger(name);
    let ledger = before;
    while (ledger.first !== null && !this.#isStopped) {
      const { first } = ledger;
      const oldest = await store.events(name, { after: first - 1, limit: PAGE });
      // What begins after this look has later events only: it loses none of them.
      const state = await store.read(name);
      const upTo = lastToLeave({ last: state.revision, oldest }, state, limits, clock.now(name));
      if (upTo < first) break;
      ledger = await store.trim(name, upTo);
      if (ledger.first === first) break;
    }
    return { removed: ledger.trimmed - before.trimmed, ledger };
  }
}
