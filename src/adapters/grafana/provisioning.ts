import { DATA_SOURCE } from "./panel-builder.ts";

/** Where Grafana finds the dashboards: containers mount grafana/dashboards here. */
const DASHBOARDS = "/etc/grafana/dashboards";

const DEFAULT_PROMETHEUS = "prometheus:9090";

/**
 * The data source that every generated dashboard names.
 * @param prometheus `host:port`, when a policy names it
 */
export function dataSourceProvisioning(prometheus = DEFAULT_PROMETHEUS): object {
  return {
    apiVersion: 1,
    datasources: [
      {
        name: "Prometheus",
        uid: DATA_SOURCE.uid,
        type: DATA_SOURCE.type,
        access: "proxy",
        url: `http://${prometheus}`,
        isDefault: true,
        editable: false,
      },
    ],
  };
}

/** Tells Grafana to show every dashboard of the directory, and to drop those that are gone. */
export function dashboardProvisioning(): object {
  return {
    apiVersion: 1,
    providers: [
      {
        name: "rollguard",
        folder: "Rollguard",
        type: "file",
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: DASHBOARDS },
      },
    ],
  };
}
