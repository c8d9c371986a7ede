/**
 * Does one thing as often as it is asked for, never twice at once. Whoever asks waits for a run that began after they
 * had asked, and for no more than two, however many others ask.
 */
export class Rerun {
  readonly #run: () => Promise<void>;
  #running: Promise<void> | null = null;
  /** Asked for by all who came since the running one began. */
  #next: Promise<void> | null = null;

  /** @param run never rejects */
  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  again(): Promise<void> {
    if (this.#next !== null) return this.#next;
    if (this.#running === null) return this.#begin();
    this.#next = this.#running.then(() => {
      this.#next = null;
      return this.#begin();
    });
    return this.#next;
  }

  /** Resolves when nothing runs and nobody has asked for more. */
  async idle(): Promise<void> {
    while (this.#running !== null || this.#next !== null) await (this.#next ?? this.#running);
  }

  #begin(): Promise<void> {
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }
}
