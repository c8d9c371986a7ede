import { fingerprintOf } from "../src/domain/fingerprint.ts";

export type Status = "firing" | "resolved";

interface WebhookAlert {
  readonly status: Status;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

const STARTED = "2026-01-31T03:00:00.123Z";
const NOT_ENDED = "0001-01-01T00:00:00Z";
const ENDED = "2026-01-31T03:07:00.123Z";

/** A trigger of the Genesis policy, on one of 65,536 machines. */
export function trigger(machine: number, status: Status): WebhookAlert {
  return alert(status, {
    labels: {
      alertname: "ErrorRateSpike",
      instance: `10.0.${machine >> 8}.${machine & 255}:8000`,
      job: "genesis",
      rollback: "safe-state",
      severity: "critical",
    },
    annotations: { summary: "Error rate above 1 %" },
    expression: "error_rate+%3E+1.0",
  });
}

const ORDINARY = ["HighMemoryUsage", "HighCPUUsage", "LatencyElevated", "DiskWillFillSoon"];

/** An alert that fires for people, and rolls nothing back. */
export function ordinary(index: number): WebhookAlert {
  const name = ORDINARY[index % ORDINARY.length] ?? "";
  return alert("firing", {
    labels: {
      alertname: name,
      cluster: "eu-west-1",
      instance: `10.1.${index >> 8}.${index & 255}:9100`,
      job: "genesis",
      namespace: "genesis",
      pod: `genesis-worker-${index}`,
      severity: "warning",
    },
    annotations: {
      description: `genesis-worker-${index} has been above its limit for ten minutes.`,
      runbook_url: `https://runbooks.example.com/${name}`,
      summary: `${name} on genesis-worker-${index}`,
    },
    expression: "worker_used_percent+%3E+90",
  });
}

interface AlertParts {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly expression: string;
}

function alert(status: Status, { labels, annotations, expression }: AlertParts): WebhookAlert {
  return {
    status,
    labels,
    annotations,
    startsAt: STARTED,
    endsAt: status === "firing" ? NOT_ENDED : ENDED,
    generatorURL: `http://prometheus:9090/graph?g0.expr=${expression}&g0.tab=1`,
    fingerprint: fingerprintOf(labels),
  };
}

/** What Alertmanager 0.25 posts for one group of alerts. */
export function webhookBody(alerts: readonly WebhookAlert[]): Buffer {
  const groupLabels = common(alerts.map(({ labels }) => labels));
  const matchers = Object.entries(groupLabels).map(([name, value]) => `${name}="${value}"`);
  const body = {
    receiver: "rollguard",
    status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
    alerts,
    groupLabels,
    commonLabels: groupLabels,
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: "http://alertmanager:9093",
    version: "4",
    groupKey: `{}/{rollback=~".+"}:{${matchers.join(", ")}}`,
    truncatedAlerts: 0,
  };
  return Buffer.from(JSON.stringify(body));
}

function common([first = {}, ...others]: readonly Readonly<Record<string, string>>[]): Record<
  string,
  string
> {
  const shared = Object.entries(first).filter(([name, value]) =>
    others.every((other) => other[name] === value),
  );
  return Object.fromEntries(shared);
}
