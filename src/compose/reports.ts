import type { Policies } from "../app/policies.ts";
import type { AlertSource, Clock, MetricsSource, StateStore } from "../app/ports.ts";
import { makeReport, type ReportRequest } from "../app/report/make-report.ts";
import type { Report, ReportLink } from "../app/report/report.ts";
import type { Settings } from "../config/settings.ts";

interface ReportTools {
  readonly settings: Pick<Settings, "prometheusUrl" | "alertmanagerUrl" | "externalUrl">;
  readonly policies: Policies;
  readonly store: Pick<StateStore, "read" | "events" | "ledger">;
  readonly metrics: MetricsSource | null;
  readonly alerts: AlertSource | null;
  readonly clock: Clock;
}

export type ReportMaker = (application: string, request: ReportRequest) => Promise<Report>;

/** Makes reports of what is composed here. */
export function composeReports({ settings, ...tools }: ReportTools): ReportMaker {
  const links = linksOf(settings);
  return (application, request) => makeReport({ ...tools, links: () => links }, application, request);
}

function linksOf({ prometheusUrl, alertmanagerUrl, externalUrl }: ReportTools["settings"]): ReportLink[] {
  const below = (url: string, path: string): string => url.replace(/\/*$/, path);
  return [
    ...(externalUrl === null ? [] : [{ name: "Rollguard", url: externalUrl }]),
    ...(prometheusUrl === null ? [] : [{ name: "Prometheus", url: below(prometheusUrl, "/targets") }]),
    ...(alertmanagerUrl === null ? [] : [{ name: "Alertmanager", url: below(alertmanagerUrl, "/#/alerts") }]),
  ];
}
