import { RollguardError } from "../../../domain/errors.ts";

/** All of the data is gone, some of it, or the latest commits. */
export type Lost = "lost" | "torn" | { readonly seen: number; readonly now: number };

/**
 * A Redis that lost its data would have everybody go on from the policy's defaults or from older flags, which may
 * raise what was rolled back. So once that is noticed nothing is answered any more of that application, until it is over or a person accepts it.
 */
export class Loss {
  readonly #errors = new Map<string, RollguardError>();

  /**
   * @param application any of them without
   * @throws RollguardError `store_unavailable`
   */
  check(application?: string): void {
    for (const [name, error] of this.#errors) if (name === (application ?? name)) throw error;
  }

  of(application: string): RollguardError | undefined {
    return this.#errors.get(application);
  }

  over(application: string): void {
    this.#errors.delete(application);
  }

  noticed(application: string, lost: Lost): RollguardError {
    const error =
      this.#errors.get(application) ??
      new RollguardError("store_unavailable", `the Redis behind "${application}" ${told(lost)}`);
    this.#errors.set(application, error);
    return error;
  }
}

function told(lost: Lost): string {
  if (lost === "lost") {
    return (
      "was emptied or replaced: flags kept there are lost; " +
      "restore it from a backup and restart, or go on without them: rollguard store accept-loss --reason TEXT"
    );
  }
  if (lost === "torn") {
    return (
      "lost some of its keys: the others do not belong together any more; restore it from a backup " +
      "and restart, or go on without them: rollguard store accept-loss --reason TEXT"
    );
  }
  return (
    `came back with another history (revision ${lost.now}, without the commit at revision ${lost.seen} that was ` +
    "seen here): acknowledged rollbacks may be lost. It goes on once that commit is there again, or what it had turned " +
    "down is down there too, as Alertmanager's next notification does; else check the flags and go on from " +
    "there, which a restart does not: rollguard store accept-loss --reason TEXT"
  );
}
