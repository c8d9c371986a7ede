import type { FlagState } from "../domain/flag.ts";
import type { Instant } from "../domain/time.ts";
import type { KnownCommit } from "./known-commit.ts";
import type { Logger } from "./ports.ts";
import { Rerun } from "./rerun.ts";

/** What is kept of an application's flags beside the store, for a start without it. */
export interface KeptFlags {
  readonly revision: number;
  /** When the store was last known to say so. */
  readonly knownAt: Instant;
  readonly flags: ReadonlyMap<string, FlagState>;
  /** What the store had when they were kept, or a moment later, where it can lose that. */
  readonly commit?: KnownCommit;
}

/** Where flags are kept beside the store. */
export interface FlagKeeper {
  /** Null when nothing is kept, or it cannot be read. */
  read(application: string): Promise<KeptFlags | null>;
  write(application: string, kept: KeptFlags): Promise<void>;
}

interface KeepingOptions {
  readonly application: string;
  readonly keeper: FlagKeeper;
  readonly logger: Logger;
}

/** Keeps the flags of one application in the background: a slow disk must not delay who waits for a flag to go off. */
export class Keeping {
  readonly #options: KeepingOptions;
  readonly #writing = new Rerun(() => this.#write());
  #newest: KeptFlags | null = null;
  #isFailing = false;

  constructor(options: KeepingOptions) {
    this.#options = options;
  }

  /** Null too when it fails. */
  async read(): Promise<KeptFlags | null> {
    const { application, keeper, logger } = this.#options;
    return await keeper.read(application).catch((error: unknown) => {
      logger.warn({ application, err: error }, "kept flags cannot be read");
      return null;
    });
  }

  /** Of several in a row the last one is sure to be written. */
  keep(kept: KeptFlags): void {
    this.#newest = kept;
    void this.#writing.again();
  }

  /** Resolves when all is written. */
  idle(): Promise<void> {
    return this.#writing.idle();
  }

  async #write(): Promise<void> {
    const { application, keeper, logger } = this.#options;
    const kept = this.#newest;
    if (kept === null) return;
    try {
      await keeper.write(application, kept);
      this.#isFailing = false;
    } catch (error) {
      // Said once: a read-only directory stays so.
      if (!this.#isFailing)
        logger.warn({ application, err: error }, "flags cannot be kept for a start without the store");
      this.#isFailing = true;
    }
  }
}
