import type { Alert } from "../domain/alert.ts";
import type { Policy } from "../domain/policy.ts";

/** What an alert says of whom it is about. */
type Said = Pick<Alert, "application" | "job">;

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
   * @param named the application that the address names: where a policy has it, it outdoes all that the alert says
   */
  of({ application, job }: Said, named?: string): Policy | undefined {
    const addressed = named === undefined ? undefined : this.#byApplication.get(named);
    if (addressed !== undefined) return addressed;
    if (application !== null) return this.#byApplication.get(application);
    if (job !== null) return this.#byJob.get(job);
    // Whoever names another one does not mean the only one; a template that nobody has filled in names none.
    return named === undefined || isTemplate(named) ? this.only() : undefined;
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

/** Alertmanager fills templates in since 0.31; older ones send to the address as it is written. */
export function isTemplate(address: string): boolean {
  return address.includes("{{");
}

function byName(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.application.name, policy]));
}

/** Each has one of its own: the files are refused otherwise. */
function byJob(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.application.job, policy]));
}
