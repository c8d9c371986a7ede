import type { Wave } from "./audience.ts";
import type { Lanes } from "./lanes.ts";
import type { Logger, Recorder, StateStore } from "./ports.ts";

export interface TellPropagationOptions {
  readonly store: Pick<StateStore, "read">;
  readonly lanes: Pick<Lanes, "submit">;
  readonly recorder: Pick<Recorder, "rollbackTook">;
  readonly logger: Logger;
  /** Tells this process from the others. */
  readonly responder: string;
}

/** Writes down, for the timeline, how a rollback's first commit reached the clients of this responder. */
export class TellPropagation {
  readonly #options: TellPropagationOptions;
  readonly #running = new Set<Promise<void>>();
  /** By application: the rollback that was timed last. */
  readonly #timed = new Map<string, string>();

  constructor(options: TellPropagationOptions) {
    this.#options = options;
  }

  tell(application: string, wave: Wave): void {
    if (wave.clients === 0 && wave.elsewhere === 0) return;
    const { logger } = this.#options;
    const run = this.#tell(application, wave)
      .catch((error) => logger.warn({ application, err: error }, "propagation is not written down"))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #tell(application: string, wave: Wave): Promise<void> {
    const { store, lanes, responder, recorder } = this.#options;
    const { rollback, verification } = await store.read(application);
    if (rollback === null || verification === null) return;
    const { clients, reached, elsewhere, at, before, revision } = wave;
    // Only the change that brought it: what escalates or is promoted later is another one.
    if (before >= rollback.firstRevision || revision < rollback.firstRevision) return;
    const propagation = { responder, clients, reached, elsewhere, at };
    await lanes.submit(application, [{ type: "propagated", rollback: rollback.id, propagation }]);
    if (at === null || reached < clients || this.#timed.get(application) === rollback.id) return;
    this.#timed.set(application, rollback.id);
    recorder.rollbackTook("propagate", Math.max(0, at - (verification.committedAt ?? rollback.startedAt)));
  }
}
