import type { Alert } from "../domain/alert.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Recorder } from "./ports.ts";

export interface HearWatchdog {
  readonly policies: Policies;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

/**
 * Takes the alert that always fires: while it comes, everything between Prometheus and us works.
 * @returns the applications that it came for, each once
 */
export function hearWatchdog(
  { policies, recorder, clock }: HearWatchdog,
  alerts: readonly Alert[],
): readonly string[] {
  const firing = alerts.filter(({ status }) => status === "firing");
  const heard = firing.flatMap((alert) => policies.of(alert)?.application.name ?? []);
  const applications = [...new Set(heard)];
  for (const application of applications) recorder.watchdogHeard(application, clock.now());
  return applications;
}
