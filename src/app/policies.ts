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

  ofJob(job: string): Policy | undefined {
    return this.#byJob.get(job);
  }

  all(): readonly Policy[] {
    return [...this.#byApplication.values()];
  }

  /** The application that is meant when nobody names one; undefined when there are several. */
  only(): Policy | undefined {
    const [first, ...others] = this.#byApplication.values();
    return others.length === 0 ? first : undefined;
  }
}

function byName(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.application.name, policy]));
}

function byJob(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.application.job, policy]));
}
