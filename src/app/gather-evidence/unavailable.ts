export const NO_PROMETHEUS = "Prometheus is not configured: set ROLLGUARD_PROMETHEUS_URL";
export const NO_ALERTMANAGER = "Alertmanager is not configured: set ROLLGUARD_ALERTMANAGER_URL";

/** Why a source could not be had, in its own words. */
export function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
