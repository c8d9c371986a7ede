import { RollguardError } from "../../../domain/errors.ts";

/**
 * A Redis that lost its data would have everybody begin again from the policy's defaults, which may raise what
 * was rolled back. So once that is noticed nothing is answered any more, until a person restarts the process.
 */
export class Loss {
  #error: RollguardError | undefined;

  /** @throws RollguardError `store_unavailable` */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  noticed(application: string): RollguardError {
    this.#error ??= new RollguardError(
      "store_unavailable",
      `the Redis behind "${application}" was emptied or replaced: flags kept there are lost; ` +
        "restore it from a backup, or restart to begin again from the policy",
    );
    return this.#error;
  }
}
