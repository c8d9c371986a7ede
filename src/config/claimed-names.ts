/** What one policy wants for itself. */
export interface Claim {
  readonly file: string;
  readonly application: string;
  /** Prometheus' job; undefined: the application's name. */
  readonly job: string | undefined;
}

/** What another one has already. */
export interface Clash {
  /** Where the policy says it. */
  readonly path: readonly ["application", "name" | "job"];
  readonly message: string;
}

/**
 * An application, and a job, belongs to one policy: an alert that says no more than its job is about the application of it,
 * and with two of them nothing would be rolled back.
 */
export class ClaimedNames {
  readonly #applications = new Map<string, string>();
  readonly #jobs = new Map<string, string>();

  /** @returns null when it is this file's now */
  claim({ file, application, job = application }: Claim): Clash | null {
    const named = claimIn(this.#applications, application, file);
    if (named !== file)
      return {
        path: ["application", "name"],
        message: `"${application}" is the application of ${named} too`,
      };
    const scraped = claimIn(this.#jobs, job, file);
    if (scraped === file) return null;
    return {
      path: ["application", job === application ? "name" : "job"],
      message: `"${job}" is the job of ${scraped} too`,
    };
  }
}

/** @returns whose it is */
function claimIn(claimed: Map<string, string>, name: string, file: string): string {
  const owner = claimed.get(name) ?? file;
  claimed.set(name, owner);
  return owner;
}
