import { selfMonitoring } from "../../domain/generate/self-monitoring.ts";
import type { Policy } from "../../domain/policy.ts";
import type { ActiveAlert } from "../ports.ts";

export interface CountedAlerts {
  /** How many of severity critical fire: of the application itself, not of what watches it. */
  readonly critical: number;
  /** Those that say that we cannot see. */
  readonly blind: readonly ActiveAlert[];
}

/** For Alertmanager: the application's alerts, and those of none, among which `alertsOf` chooses by job. */
export function matcherFor({ application }: Policy): string {
  return `application=~"|${application.name.replaceAll(".", "[.]")}"`;
}

/**
 * Silenced alerts do not count: somebody knows of them, and said so. Inhibited ones do. What says that we are blind, or
 * that Rollguard itself is unwell, is no fault of the application and takes nothing back.
 */
export function alertsOf(policy: Policy, alerts: readonly ActiveAlert[]): CountedAlerts {
  const own = alerts.filter((alert) => !alert.silenced && isAbout(policy, alert));
  const blindNames = new Set(policy.alerts.filter(({ blind }) => blind).map(({ alert }) => alert));
  const ourNames = new Set(selfMonitoring(policy).map(({ alert }) => alert));
  const seeing = own.filter(({ name }) => !blindNames.has(name) && !ourNames.has(name));
  return {
    critical: seeing.filter(({ labels }) => labels.severity === "critical").length,
    blind: own.filter(({ name }) => blindNames.has(name)),
  };
}

/** The label `application` says it; without it the job that was scraped. */
function isAbout({ application }: Policy, { labels }: ActiveAlert): boolean {
  const said = labels.application ?? "";
  return said === "" ? labels.job === application.job : said === application.name;
}
