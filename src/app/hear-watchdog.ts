import type { Alert } from "../domain/alert.ts";
import { WATCHDOG } from "../domain/generate/prometheus-rules.ts";
import type { Lanes } from "./lanes.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Recorder } from "./ports.ts";

export interface HearWatchdog {
  readonly policies: Policies;
  readonly lanes: Lanes;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/** Why an alert that came to the Watchdog's address is none; null: it is one. Any other is no sign that alerts get through. */
export function whyNoWatchdog({ name }: Alert): string | null {
  if (name === WATCHDOG) return null;
  return `labels.alertname: ${name} is not the ${WATCHDOG}; other alerts belong at /api/v1/alerts`;
}

/**
 * Takes the alert that always fires: while it comes, everything between Prometheus and us works. All responders are
 * to know, so it is kept in the store.
 * @returns the applications that it came for, each once
 * @throws RollguardError `store_unavailable`, `lock_timeout`
 */
export async function hearWatchdog(
  { policies, lanes, recorder, clock }: HearWatchdog,
  alerts: readonly Alert[],
): Promise<readonly string[]> {
  const firing = alerts.filter(({ status }) => status === "firing");
  const heard = firing.flatMap((alert) => policies.of(alert)?.application.name ?? []);
  const applications = [...new Set(heard)];
  await Promise.all(
    applications.map(async (application) => {
      const at = clock.now(application);
      await lanes.submit(application, [{ type: "watchdog", at }]);
      recorder.watchdogHeard(application, at);
    }),
  );
  return applications;
}
