import { RollguardError } from "../../../domain/errors.ts";

/** All of the data is gone, some of it, or the latest commits. */
export type Lost = "lost" | "torn" | { readonly seen: number; readonly now: number };

/**
 * A Redis that lost its data would have everybody go on from the policy's defaults or from older flags, which may
 * raise what was rolled back. So once that is noticed nothing is answered any more, until a person restarts the
 * process.
 */
export class Loss {
  #error: RollguardError | undefined;

  /** @throws RollguardError `store_unavailable` */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  noticed(application: string, lost: Lost): RollguardError {
    this.#error ??= new RollguardError(
      "store_unavailable",
      `the Redis behind "${application}" ${told(lost)}`,
    );
    return this.#error;
  }
}

function told(lost: Lost): string {
  if (lost === "lost") {
    return (
      "was emptied or replaced: flags kept there are lost; " +
      "restore it from a backup, or restart to begin again from the policy"
    );
  }
  if (lost === "torn") {
    return (
      "lost some of its keys: the others do not belong together any more; restore it from a backup, " +
      "or delete those of this application and restart, to begin again from the policy"
    );
  }
  return (
    `came back with another history (revision ${lost.now}, without the commit at revision ${lost.seen} that was ` +
    "seen here): acknowledged rollbacks may be lost; check the flags, then restart to go on from there"
  );
}
