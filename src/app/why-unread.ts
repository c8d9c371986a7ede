import type { Alert } from "../domain/alert.ts";
import { listed } from "../domain/listed.ts";
import type { Policy } from "../domain/policy.ts";
import { isAnswered } from "../domain/scrape-sight.ts";
import type { Duration } from "../domain/time.ts";
import { Deadline } from "./deadline.ts";
import type { MetricsSource } from "./ports.ts";

/** For each alert, why it tells of no fault; null where it may. */
export type AskWhyUnread = (
  policy: Policy,
  alerts: readonly Pick<Alert, "job" | "labels">[],
) => Promise<readonly (string | null)[]>;

/** A webhook waits for it: who cannot be asked by then says nothing, and the alert acts. */
const WITHIN: Duration = 2_000;

/** Null where Prometheus cannot be asked. */
export function askingWhyUnread(source: MetricsSource | null, within = WITHIN): AskWhyUnread | null {
  if (source === null) return null;
  return async (policy, alerts) => {
    const deadline = new Deadline(within);
    try {
      return await whyUnread(source, policy, alerts, deadline);
    } catch {
      return alerts.map(() => null);
    } finally {
      deadline.clear();
    }
  };
}

/**
 * `up` is 0 also where a target answers and its answer cannot be read: a bad line, a limit, a content type. The targets API
 * has the reason. It is so only where it is of every target that is not up, of those that the alert is about.
 * @throws RollguardError `source_unavailable`
 */
export async function whyUnread(
  source: MetricsSource,
  { application }: Policy,
  alerts: readonly Pick<Alert, "job" | "labels">[],
  deadline: Deadline,
): Promise<readonly (string | null)[]> {
  const targets = await deadline.run("Prometheus", () => source.targets());
  return alerts.map(({ job, labels }) => {
    const instance = Object.hasOwn(labels, "instance") ? labels.instance : undefined;
    const down = targets.filter(
      (target) =>
        !target.up &&
        target.job === (job ?? application.job) &&
        (instance === undefined || target.instance === instance),
    );
    if (down.length === 0 || !down.every(({ lastError }) => isAnswered(lastError))) return null;
    const said = down.map(
      (target) => `${target.instance} answers, and Prometheus cannot read it (${target.lastError})`,
    );
    return listed(said, 3);
  });
}

const JOB = /\bjob\s*=\s*"([^"]*)"/;

/** The targets that an expression is about, as far as it names them. */
export function aboutWhom(expr: string): Pick<Alert, "job" | "labels"> {
  return { job: JOB.exec(expr)?.[1] ?? null, labels: {} };
}
