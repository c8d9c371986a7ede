/** Collects what was started, to stop it in the opposite order, also when one of the stops fails. */
export class Stopper {
  readonly #stops: (() => Promise<unknown>)[] = [];

  add(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  /** Keeps what `start` returns running until `stop`. When it fails, everything so far is stopped at once. */
  async start<T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> {
    try {
      const started = await starting;
      this.add(() => started.stop());
      return started;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#stops.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "something could not be stopped");
  }
}
