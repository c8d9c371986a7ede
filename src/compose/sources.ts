import { createAlertmanagerSource } from "../adapters/alertmanager/alertmanager-source.ts";
import { createJsonApi, type JsonApi } from "../adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../adapters/prometheus/prometheus-source.ts";
import { createRawSource } from "../adapters/prometheus/raw-samples.ts";
import { createRecordedSource } from "../adapters/prometheus/recorded-source.ts";
import { type AskWhetherFiring, whetherFiring } from "../app/ask-whether-firing.ts";
import { CountReader } from "../app/gather-counts/count-reader.ts";
import { FailingRulesReader } from "../app/gather-evidence/failing-rules.ts";
import { RecordedReader } from "../app/gather-evidence/recorded-reader.ts";
import type { AlertSource, MetricsSource } from "../app/ports.ts";
import { type AskWhyUnread, askingWhyUnread } from "../app/why-unread.ts";
import type { Settings } from "../config/settings.ts";

/** Null where no address is set: whoever needs it says which setting is missing. */
export function createSources(
  { prometheusUrl, alertmanagerUrl }: Settings,
  signal: AbortSignal,
): {
  metrics: MetricsSource | null;
  counts: CountReader | null;
  recorded: RecordedReader | null;
  rules: FailingRulesReader | null;
  alerts: AlertSource | null;
  askWhetherFiring: AskWhetherFiring | null;
  askWhyUnread: AskWhyUnread | null;
} {
  const api = (name: string, url: string): JsonApi => createJsonApi({ name, url, signal });
  const prometheus = prometheusUrl === null ? null : api("Prometheus", prometheusUrl);
  const metrics = prometheus === null ? null : createPrometheusSource(prometheus);
  const alerts =
    alertmanagerUrl === null ? null : createAlertmanagerSource(api("Alertmanager", alertmanagerUrl));
  return {
    metrics,
    counts: prometheus === null ? null : new CountReader(createRawSource(prometheus)),
    recorded: prometheus === null ? null : new RecordedReader(createRecordedSource(prometheus)),
    rules: metrics === null ? null : new FailingRulesReader(metrics),
    alerts,
    askWhetherFiring: whetherFiring({ alerts, metrics }),
    askWhyUnread: askingWhyUnread(metrics),
  };
}
