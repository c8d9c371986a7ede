import type { Policy } from "../policy.ts";
import type { Duration } from "../time.ts";
import {
  type DashboardPanel,
  furtherPanels,
  type PanelQuery,
  panelOf,
  panels,
  UP_DOWN,
  type ValueWord,
} from "./dashboard-panels.ts";

/** An application's dashboard as plain data. */
export interface Dashboard {
  /** Never changes for an application, so that links and bookmarks stay right. */
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** How far back it looks. */
  readonly last: Duration;
  readonly refresh: Duration;
  readonly rows: readonly DashboardRow[];
}

export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly DashboardPanel[];
}

const HOUR = 3_600_000;
const REFRESH = 10_000;
/** Grafana refuses longer ones. */
const MAX_UID = 40;

export function dashboardOf(policy: Policy): Dashboard {
  const { application, rollout } = policy;
  const last = rollout.finalSuccess.stableFor;
  const further = furtherPanels(policy);
  return {
    uid: `rollguard-${application.name}`.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, MAX_UID),
    title: `${application.title} ${Math.round(last / HOUR)}-Hour Post-Deployment Monitoring`,
    tags: ["rollguard", application.name],
    last,
    refresh: REFRESH,
    rows: [
      { title: application.title, panels: panels(policy) },
      { title: "Rollout", panels: rolloutPanels(application.name) },
      { title: "Responder", panels: responderPanels(application.name) },
      ...(further.length === 0 ? [] : [{ title: "Further metrics", panels: further }]),
    ],
  };
}

const VERDICTS: readonly ValueWord[] = [
  { value: -1, text: "no data", colour: "grey" },
  { value: 0, text: "green", colour: "green" },
  { value: 1, text: "yellow", colour: "yellow" },
  { value: 2, text: "red", colour: "red" },
];

const SIGHT: readonly ValueWord[] = [
  { value: 0, text: "sees", colour: "green" },
  { value: 1, text: "BLIND", colour: "red" },
];

/** Each responder says the same of an application, so the greatest of equals is taken. */
function rolloutPanels(application: string): DashboardPanel[] {
  const of = (metric: string): string => `${metric}{application="${application}"}`;
  const only = (metric: string): PanelQuery[] => [{ expr: `max(${of(metric)})`, legend: "" }];
  const byMetric = (metric: string): PanelQuery => ({
    expr: `max by (metric) (${of(metric)})`,
    legend: "{{metric}}",
  });
  return [
    panelOf({
      title: "Traffic",
      description: "Share of users on the new system.",
      kind: "time-series",
      unit: "percent",
      queries: [{ expr: `max(${of("rollguard_traffic_percentage")})`, legend: "traffic" }],
      width: 8,
    }),
    panelOf({
      title: "Gate",
      description: "What decides at the end of the stage: each metric's value and its verdict.",
      kind: "table",
      queries: [byMetric("rollguard_gate_value"), byMetric("rollguard_gate_verdict")],
      columns: [
        { source: "metric", title: "metric", unit: "count", words: [] },
        { source: 0, title: "value", unit: "count", words: [] },
        { source: 1, title: "verdict", unit: "count", words: VERDICTS },
      ],
      width: 8,
    }),
    panelOf({
      title: "Rollout",
      kind: "table",
      queries: [{ expr: `max by (plan, stage, state) (${of("rollguard_rollout_info")})`, legend: "" }],
      columns: ["plan", "stage", "state"].map((label) => ({
        source: label,
        title: label,
        unit: "count" as const,
        words: [],
      })),
      width: 8,
    }),
    panelOf({ title: "Stage", kind: "stat", queries: only("rollguard_rollout_stage"), width: 8 }),
    panelOf({
      title: "Bake time left",
      kind: "stat",
      unit: "seconds",
      queries: only("rollguard_bake_remaining_seconds"),
      width: 8,
    }),
    panelOf({
      title: "Evidence",
      description: "Blind: data or the watchdog is missing, so nothing is promoted.",
      kind: "stat",
      queries: only("rollguard_blind"),
      words: SIGHT,
      width: 8,
    }),
  ];
}

function responderPanels(application: string): DashboardPanel[] {
  return [
    panelOf({
      title: "Decisions",
      description: "By reason, in five minutes.",
      kind: "time-series",
      queries: [{ expr: "sum by (reason) (increase(rollguard_decisions_total[5m]))", legend: "{{reason}}" }],
      width: 8,
    }),
    panelOf({
      title: "Webhook latency",
      description: "From the request's first line until the reply: the flags are off by then.",
      kind: "time-series",
      unit: "seconds",
      queries: [quantile(0.5, "rollguard_webhook_duration"), quantile(0.99, "rollguard_webhook_duration")],
      width: 8,
    }),
    panelOf({
      title: "Webhooks",
      description: "Answered, by status, and given up by Alertmanager; in five minutes.",
      kind: "time-series",
      queries: [
        {
          expr: "sum by (code) (increase(rollguard_webhook_duration_seconds_count[5m]))",
          legend: "{{code}}",
        },
        {
          expr: 'sum(increase(alertmanager_notifications_failed_total{integration="webhook"}[5m]))',
          legend: "failed in Alertmanager",
        },
      ],
      width: 8,
    }),
    panelOf({
      title: "Outbox",
      description: "Messages that wait to be sent, and those that were given up (dead).",
      kind: "time-series",
      queries: [
        {
          expr: `max by (state) (rollguard_outbox_depth{application="${application}"})`,
          legend: "{{state}}",
        },
      ],
    }),
    panelOf({
      title: "Oldest message",
      kind: "time-series",
      unit: "seconds",
      queries: [{ expr: `max(rollguard_outbox_age_seconds{application="${application}"})`, legend: "age" }],
    }),
    panelOf({
      title: "Store",
      kind: "stat",
      queries: [{ expr: "rollguard_store_up", legend: "{{instance}}" }],
      words: UP_DOWN,
    }),
    panelOf({
      title: "Store latency",
      kind: "time-series",
      unit: "seconds",
      queries: [
        quantile(0.99, "rollguard_store_transaction", "transaction"),
        quantile(0.99, "rollguard_store_lock_wait", "lock"),
      ],
    }),
  ];
}

function quantile(q: number, histogram: string, name = ""): PanelQuery {
  const rates = `sum by (le) (rate(${histogram}_seconds_bucket[5m]))`;
  return { expr: `histogram_quantile(${q}, ${rates})`, legend: `p${q * 100} ${name}`.trim() };
}
