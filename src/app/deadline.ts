import { RollguardError } from "../domain/errors.ts";
import { type Duration, formatDuration } from "../domain/time.ts";

/** A time by which everything that was asked must have answered, however often it is asked. */
export class Deadline {
  readonly #within: Duration;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #passed: Promise<void>;
  #isOver = false;

  constructor(within: Duration) {
    this.#within = within;
    let pass = (): void => undefined;
    this.#passed = new Promise((resolve) => {
      pass = resolve;
    });
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      pass();
    }, within);
  }

  /**
   * What `work` gives, if in time; once it is too late nothing is begun any more.
   * @param who does not answer then
   * @throws RollguardError `source_unavailable`; whatever `work` throws
   */
  async run<T>(who: string, work: () => Promise<T>): Promise<T> {
    if (this.#isOver) throw this.#late(who);
    const working = work();
    const late = this.#passed.then(() => {
      throw this.#late(who);
    });
    return await Promise.race([working, late]);
  }

  /** Nobody waits any more. */
  clear(): void {
    clearTimeout(this.#timer);
  }

  #late(who: string): RollguardError {
    const message = `${who} does not answer: nothing within ${formatDuration(this.#within)}`;
    return new RollguardError("source_unavailable", message);
  }
}
