import type { Policy } from "../../domain/policy.ts";
import type { Deadline } from "../deadline.ts";
import { alertsOf, matcherFor } from "../gather-evidence/alerts-of.ts";
import { NO_ALERTMANAGER, why } from "../gather-evidence/unavailable.ts";
import type { AlertSource } from "../ports.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { FiringView } from "./report.ts";

interface FiringNow {
  /** The oldest first; null: not known. */
  readonly firing: readonly FiringView[] | null;
  /** As a gate counts them. */
  readonly critical: number | null;
  /** Why it is not known. */
  readonly missing: string | null;
}

/** The application's alerts as Alertmanager has them; the Watchdog, which always fires, is none. */
export async function firingNow(
  source: AlertSource | null,
  policy: Policy,
  deadline: Deadline,
): Promise<FiringNow> {
  if (source === null) return { firing: null, critical: null, missing: NO_ALERTMANAGER };
  try {
    const alerts = await deadline.run("Alertmanager", () => source.alerts(matcherFor(policy)));
    const { name, job } = policy.application;
    const own = alerts.filter(({ labels }) =>
      (labels.application ?? "") === "" ? labels.job === job : labels.application === name,
    );
    const firing = own
      .filter(({ labels }) => labels.severity !== "none")
      .sort((a, b) => a.startsAt - b.startsAt)
      .map((alert) => ({
        alert: alert.name,
        severity: alert.labels.severity ?? null,
        startsAt: rfc3339(alert.startsAt),
        silenced: alert.silenced,
      }));
    return { firing, critical: alertsOf(policy, alerts).critical, missing: null };
  } catch (error) {
    return { firing: null, critical: null, missing: why(error) };
  }
}
