import { dashboardJson } from "../adapters/grafana/dashboard-json.ts";
import { dashboardProvisioning, dataSourceProvisioning } from "../adapters/grafana/provisioning.ts";
import { dashboardOf } from "../domain/generate/dashboard.ts";
import type { Policy } from "../domain/policy.ts";

/** The job under which Prometheus scrapes itself. */
const PROMETHEUS_JOB = "prometheus";

export function dashboardPath({ application }: Policy): string {
  return `grafana/dashboards/${application.name}.json`;
}

/** @param origin tells people who open it where it comes from */
export function dashboardText(policy: Policy, origin: string): string {
  return dashboardJson(dashboardOf(policy), origin);
}

/** What makes Grafana find Prometheus and the dashboards: plain objects by their paths. */
export function provisioningFiles(policies: readonly Policy[]): readonly { path: string; data: object }[] {
  const targets = policies.flatMap(({ scrape }) => scrape.targets);
  const prometheus = targets.find(({ job }) => job === PROMETHEUS_JOB)?.address;
  return [
    {
      path: "grafana/provisioning/datasources/prometheus.yaml",
      data: dataSourceProvisioning(prometheus),
    },
    { path: "grafana/provisioning/dashboards/rollguard.yaml", data: dashboardProvisioning() },
  ];
}
