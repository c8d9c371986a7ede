import type { Duration, Instant } from "../../domain/time.ts";

/**
 * How long an alert must be missing from Alertmanager's answers, each of them, to be over. Prometheus hands a firing alert
 * in again every minute only: an Alertmanager that has just been started knows of none until then.
 */
const OVER_AFTER: Duration = 75_000;

/** Alerts that we hold as firing and that Alertmanager does not know, by application and key, and since when. */
export class Absences {
  #since = new Map<string, ReadonlyMap<string, Instant>>();

  /**
   * @param absent those of the application that were missing now; whatever else was missing before has come back
   * @returns those of them that are over
   */
  note(application: string, absent: Iterable<string>, now: Instant): ReadonlySet<string> {
    const before = this.#since.get(application);
    // A clock that was set back makes nobody wait for longer than that.
    const since = new Map([...absent].map((key) => [key, Math.min(before?.get(key) ?? now, now)]));
    if (since.size > 0) this.#since.set(application, since);
    else this.#since.delete(application);
    return new Set([...since].filter(([, at]) => now - at >= OVER_AFTER).map(([key]) => key));
  }

  /** Nobody could say what is missing: it is waited for anew. */
  forget(application?: string): void {
    if (application === undefined) this.#since.clear();
    else this.#since.delete(application);
  }
}
