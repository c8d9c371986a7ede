import type { Bound, GateCriterion } from "../gate.ts";
import type { MetricPolicy, Policy } from "../policy.ts";
import type { Panel } from "./panel.ts";

/** One panel of a dashboard, as plain data: what it asks Prometheus, and how the answer is shown. */
export interface DashboardPanel {
  readonly title: string;
  readonly description: string;
  readonly kind: "gauge" | "time-series" | "stat" | "table";
  /** The policy's metric that it shows, when it shows just one. */
  readonly metric: string | null;
  readonly queries: readonly PanelQuery[];
  readonly unit: PanelUnit;
  readonly thresholds: Thresholds | null;
  /** Words and colours in place of single values. */
  readonly words: readonly ValueWord[];
  /** Columns of a table, in their order; empty for the other kinds. */
  readonly columns: readonly Column[];
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
}

export interface PanelQuery {
  readonly expr: string;
  /** Grafana's template: `{{reason}}`; `__auto` shows the labels that differ. */
  readonly legend: string;
}

export type PanelUnit = "percent" | "milliseconds" | "seconds" | "count" | "ratio";

/** Where a colour begins, in the panel's unit; null: that colour is never shown. */
export interface Thresholds {
  readonly better: "low" | "high";
  readonly yellow: number | null;
  readonly red: number | null;
}

export interface ValueWord {
  readonly value: number;
  readonly text: string;
  readonly colour: "green" | "yellow" | "red" | "grey";
}

export interface Column {
  /** The label that it shows, or the number of the query whose value it shows. */
  readonly source: string | number;
  readonly title: string;
  readonly unit: PanelUnit;
  readonly words: readonly ValueWord[];
}

const ON_OFF: readonly ValueWord[] = [
  { value: 0, text: "off", colour: "grey" },
  { value: 1, text: "on", colour: "green" },
];

export const UP_DOWN: readonly ValueWord[] = [
  { value: 0, text: "DOWN", colour: "red" },
  { value: 1, text: "UP", colour: "green" },
];

/** How the machine's metrics are shown. Nothing gates them from both sides, so the numbers are the seeds' own. */
interface MachinePanel {
  readonly title: string;
  /** Percent used, from which on it is yellow. */
  readonly yellow: number;
  /** Percent used, from which on it is red, unless an alert of the policy says so. */
  readonly red: number;
  /** What is left is shown instead of what is used. */
  readonly showsRest: boolean;
}

/** Source: the monitoring checklist of the first rollout: memory available 10/30, CPU 60/80. */
const MACHINE: ReadonlyMap<string, MachinePanel> = new Map([
  ["memory_used", { title: "Memory available", yellow: 70, red: 90, showsRest: true }],
  ["cpu_used", { title: "CPU used", yellow: 60, red: 80, showsRest: false }],
]);

/** What is left out is as usual. */
export function panelOf(
  panel: Pick<DashboardPanel, "title" | "kind" | "queries"> & Partial<DashboardPanel>,
): DashboardPanel {
  return {
    description: "",
    metric: null,
    unit: "count",
    thresholds: null,
    words: [],
    columns: [],
    width: 6,
    ...panel,
  };
}

/** What decides about the application: its gated metrics, whether it is up, its flags, its machine. */
export function panels(policy: Policy): DashboardPanel[] {
  const { job } = policy.application;
  const gated = policy.metrics.filter((metric) => isGated(metric, policy));
  const machine = policy.metrics.flatMap((metric) => machinePanel(metric, policy));
  // The flags and the machine share the last line.
  const width = 24 / (1 + machine.length);
  return [
    ...gated.map((metric) => metricPanel(metric, policy)),
    panelOf({
      title: "Uptime",
      description: `Whether Prometheus reaches each target of the job ${job}.`,
      kind: "stat",
      queries: [{ expr: `up{job=${JSON.stringify(job)}}`, legend: "{{instance}}" }],
      words: UP_DOWN,
    }),
    { ...flagPanel(policy), width },
    ...machine.map((panel) => ({ ...panel, width })),
  ];
}

/** The policy's other metrics. */
export function furtherPanels(policy: Policy): DashboardPanel[] {
  return policy.metrics
    .filter((metric) => !isGated(metric, policy) && !MACHINE.has(metric.record))
    .map((metric) => metricPanel(metric, policy))
    .map((panel, _index, all) => ({ ...panel, width: all.length > 3 ? 6 : 8 }));
}

/** The panels whose colours can contradict gates and alerts, in the unit of their metric. */
export function colouredPanels(policy: Policy): Panel[] {
  return [...panels(policy), ...furtherPanels(policy)].flatMap(({ title, metric, thresholds }) => {
    const { yellow, red } = thresholds ?? { yellow: null, red: null };
    if (metric === null || yellow === null || red === null) return [];
    const inMetric = (value: number): number => (MACHINE.get(metric)?.showsRest ? 100 - value : value);
    return [{ title, metric, thresholds: { yellow: inMetric(yellow), red: inMetric(red) } }];
  });
}

/** Judged by a gate on both sides. Counts have few values, and `up` has a panel of its own. */
function isGated({ record, expr, unit }: MetricPolicy, policy: Policy): boolean {
  if (unit === "count" || isMadeOfUp(expr)) return false;
  return typeof criterionOf(record, policy)?.red?.value === "number";
}

function isMadeOfUp(expr: string): boolean {
  return /\bup\b/.test(expr);
}

/** The first criterion that knows both colours, else the first. */
function criterionOf(record: string, { gates }: Policy): GateCriterion | undefined {
  const all = [...gates.values()].flatMap(({ criteria }) =>
    criteria.filter(({ metric, source }) => metric === record && source === "prometheus"),
  );
  return all.find(({ red }) => red !== null) ?? all[0];
}

function metricPanel({ record, expr, unit }: MetricPolicy, policy: Policy): DashboardPanel {
  const thresholds = thresholdsOf(record, policy);
  const kind = unit === "percent" && thresholds?.better === "high" ? "gauge" : "time-series";
  return panelOf({
    title: isMadeOfUp(expr) ? `${titleOf(record)} over time` : titleOf(record),
    metric: record,
    kind,
    unit,
    thresholds,
    queries: [{ expr: seriesOf(record, policy), legend: "__auto" }],
  });
}

function thresholdsOf(record: string, policy: Policy): Thresholds | null {
  const criterion = criterionOf(record, policy);
  const warning = boundOf(record, policy, false);
  const trigger = boundOf(record, policy, true);
  const judge = criterion?.green ?? warning ?? trigger;
  if (judge === undefined) return null;
  return {
    better: betterOf(judge, criterion !== undefined),
    yellow: (criterion?.green ?? warning)?.value ?? null,
    red: (criterion?.red ?? trigger)?.value ?? null,
  };
}

/** A gate's `green` says what is good; an alert says what is bad. */
function betterOf({ comparison }: Bound, good: boolean): "low" | "high" {
  return comparison.startsWith("<") === good ? "low" : "high";
}

const PLAIN = /^\s*([A-Za-z_:][A-Za-z0-9_:]*)\s*(<=?|>=?)\s*(\d+(?:\.\d+)?)\s*$/;

/** The limit of the first alert that compares the metric with one number. */
function boundOf(record: string, { alerts }: Policy, triggers: boolean): Bound | undefined {
  for (const { expr, trigger } of alerts) {
    const [, metric, comparison, value] = PLAIN.exec(expr) ?? [];
    if (metric === record && (trigger !== null) === triggers)
      return { comparison: comparison as Bound["comparison"], value: Number(value) };
  }
  return undefined;
}

function machinePanel({ record }: MetricPolicy, policy: Policy): DashboardPanel[] {
  const shown = MACHINE.get(record);
  if (shown === undefined) return [];
  const { title, showsRest } = shown;
  const red = boundOf(record, policy, false)?.value ?? shown.red;
  const yellow = Math.min(shown.yellow, red);
  return [
    panelOf({
      title,
      metric: record,
      kind: "time-series",
      unit: "percent",
      queries: [
        {
          expr: `${showsRest ? "100 - " : ""}${seriesOf(record, policy)}`,
          legend: "__auto",
        },
      ],
      thresholds: showsRest
        ? { better: "high", yellow: 100 - yellow, red: 100 - red }
        : { better: "low", yellow, red },
    }),
  ];
}

/** Applications on one Prometheus may record metrics of the same name. */
function seriesOf(record: string, { application }: Policy): string {
  return `${record}{application="${application.name}"}`;
}

/** Several responders say the same of a flag, so their answers are one row. */
function flagPanel({ application: { name } }: Policy): DashboardPanel {
  const of = (metric: string): PanelQuery => ({
    expr: `max by (flag_name) (${metric}{application="${name}"})`,
    legend: "{{flag_name}}",
  });
  return panelOf({
    title: "Feature flags",
    kind: "table",
    queries: [of("rollguard_flag_enabled"), of("rollguard_flag_rollout_percentage")],
    columns: [
      { source: "flag_name", title: "flag_name", unit: "count", words: [] },
      { source: 0, title: "enabled", unit: "count", words: ON_OFF },
      { source: 1, title: "rollout_percentage", unit: "percent", words: [] },
    ],
  });
}

/** `test_pass_rate` → `Test pass rate`, `p95_latency` → `p95 latency`. */
function titleOf(record: string): string {
  const words = record.replaceAll(/[_:]+/g, " ").trim();
  return /^p\d/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
}
