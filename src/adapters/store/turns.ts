/** Runs jobs one after the other, in the order in which they came; a failed one does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(job, job);
    this.#last = turn;
    return turn;
  }

  /** Resolves when every job so far has ended. */
  async idle(): Promise<void> {
    await this.#last.catch(() => undefined);
  }
}
