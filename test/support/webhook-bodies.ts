/** An alert as Alertmanager 0.25 sends it. */
export function alertBody(alertname: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { labels = {}, ...rest } = more as { labels?: Record<string, string> };
  return {
    status: "firing",
    labels: { alertname, application: "shop", severity: "critical", ...labels },
    annotations: { summary: alertname },
    startsAt: "2026-11-20T03:00:00.123456789Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "",
    ...rest,
  };
}

/** A webhook body, version 4. */
export function webhookBody(alerts: readonly unknown[], more: Record<string, unknown> = {}): object {
  return {
    version: "4",
    groupKey: '{}/{rollback=~".+"}:{}',
    truncatedAlerts: 0,
    status: "firing",
    receiver: "rollguard",
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    alerts,
    ...more,
  };
}
