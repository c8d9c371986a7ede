import type { Alert } from "../domain/alert.ts";
import type { Policy } from "../domain/policy.ts";

/** The policies in force, by application. `replace` swaps them all at once. */
export class Policies {
  #byApplication: ReadonlyMap<string, Policy>;
  #byJob: ReadonlyMap<string, Policy>;

  constructor(policies: readonly Policy[]) {
    this.#byApplication = byName(policies);
    this.#byJob = byJob(policies);
  }

  replace(policies: readonly Policy[]): void {
    this.#byApplication = byName(policies);
    this.#byJob = byJob(policies);
  }

  get(application: string): Policy | undefined {
    return this.#byApplication.get(application);
  }

  /**
   * Whom an alert is about: the label `application` says it; else the job that it was scraped from; else there is
   * only one.
   * @param named the application that the address names, which outdoes all that the alert says
   */
  of({ application, job }: Alert, named?: string): Policy | undefined {
    const said = named ?? application;
    if (said !== null) return this.#byApplication.get(said);
    return job === null ? this.only() : this.#byJob.get(job);
  }

  all(): readonly Policy[] {
    return [...this.#byApplication.values()];
  }

  /** Whoever names none means it; undefined when there are several. */
  only(): Policy | undefined {
    const [first, ...others] = this.#byApplication.values();
    return others.length === 0 ? first : undefined;
  }
}

function byName(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.application.name, policy]));
}

/** Each has one of its own: the files are refused otherwise. */
function byJob(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.application.job, policy]));
}
