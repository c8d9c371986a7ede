import type { Policies } from "../app/policies.ts";
import type { AlertSource, Clock, MetricsSource, StateStore } from "../app/ports.ts";
import { makeReport, type ReportRequest } from "../app/report/make-report.ts";
import type { Report, ReportLink } from "../app/report/report.ts";
import type { Settings } from "../config/settings.ts";

export interface ReportTools {
  readonly settings: Pick<Settings, "prometheusUrl" | "alertmanagerUrl" | "externalUrl">;
  readonly policies: Policies;
  readonly store: Pick<StateStore, "read" | "events" | "ledger">;
  readonly metrics: MetricsSource | null;
  readonly alerts: AlertSource | null;
  readonly clock: Clock;
}

/** Makes reports, with where people look further. */
export function composeReports({
  settings,
  ...tools
}: ReportTools): (application: string, request: ReportRequest) => Promise<Report> {
  const places: readonly (readonly [name: string, url: string | null])[] = [
    ["Rollguard", settings.externalUrl],
    ["Prometheus", settings.prometheusUrl],
    ["Alertmanager", settings.alertmanagerUrl],
  ];
  const links = places.flatMap(([name, url]): ReportLink[] =>
    url === null ? [] : [{ name, url: withoutSecrets(url) }],
  );
  return (application, request) => makeReport({ ...tools, links: () => links }, application, request);
}

/** The settings have been checked: it is an address. A password in it, and a token in its query, are nobody's business. */
function withoutSecrets(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`.replace(/\/$/, "");
}
