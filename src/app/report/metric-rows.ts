import type { LedgerEvent } from "../../domain/event.ts";
import { formatBound, judgeValue, type Reading, worstValue } from "../../domain/judge.ts";
import type { Instant } from "../../domain/time.ts";
import type { Reported } from "./criteria.ts";
import type { Series } from "./measure-series.ts";
import type { MetricRow } from "./report.ts";
import { shortTime } from "./report-head.ts";
import { trendOf } from "./trend.ts";

export interface Measured {
  readonly reported: readonly Reported[];
  readonly series: ReadonlyMap<string, Series>;
  /** Critical alerts that fire now; null: not known, or the time is over. */
  readonly critical: number | null;
  /** Why they are not known. */
  readonly noAlerts: string | null;
}

/**
 * The metrics against their targets. What Prometheus does not have is what the gate saw last, where the ledger has that.
 * @param now the gate's criteria as they stand, where the time is not over
 */
export function metricRows(
  measured: Measured,
  events: readonly LedgerEvent[],
  now: readonly Reading[] = [],
): MetricRow[] {
  return measured.reported.map((reported) => rowOf(reported, measured, events, now));
}

function rowOf(
  reported: Reported,
  measured: Measured,
  events: readonly LedgerEvent[],
  now: readonly Reading[],
): MetricRow {
  const { metric, unit, criterion } = reported;
  const series = measured.series.get(metric);
  const known = (series?.points ?? []).flatMap(({ value }) => (value === null ? [] : [value]));
  const isAverage = criterion?.sustained === "average";
  // A time that is too short for points has its end all the same.
  const seen = (isAverage ? meanOf(known) : null) ?? series?.last ?? null;
  const told = seen ?? (reported.source === "alertmanager" ? measured.critical : null);
  const gated = told === null ? gateSaw(metric, events) : null;
  const value = told ?? gated?.value ?? null;
  const worst =
    known.length === 0
      ? null
      : criterion === null
        ? Math.max(...known)
        : (worstValue(criterion, known) ?? null);
  const verdictOn = (each: number | null) =>
    each === null || criterion === null ? null : judgeValue(criterion, each);
  return {
    metric,
    label: labelOf(metric),
    unit,
    value,
    verdict: verdictOn(value),
    worst,
    worstVerdict: verdictOn(worst),
    target: criterion === null ? null : formatBound(criterion.green),
    threshold: criterion?.red ? formatBound(criterion.red) : null,
    trend: trendOf(known, criterion?.green ?? null),
    gated: reported.gated,
    from: told !== null ? reported.source : gated !== null ? "ledger" : null,
    source: sourceOf(reported, { told, gated }, measured),
    ...countedOf(metric, events, now),
  };
}

/** As it stands now, else as the ledger has it last. */
function countedOf(
  metric: string,
  events: readonly LedgerEvent[],
  now: readonly Reading[],
): Pick<MetricRow, "counted"> {
  const readings = [...events.flatMap(({ gate }) => gate), ...now];
  const last = readings.findLast((each) => each.metric === metric && each.counted !== undefined);
  return last?.counted === undefined ? {} : { counted: last.counted.words };
}

interface Gated {
  readonly at: Instant;
  readonly value: number;
}

interface Found {
  readonly told: number | null;
  readonly gated: Gated | null;
}

function sourceOf({ metric, source }: Reported, { told, gated }: Found, measured: Measured): string {
  if (told !== null) return source === "alertmanager" ? "Alertmanager" : "Prometheus";
  if (gated !== null) return `the gate's last check in the ledger, ${shortTime(gated.at)}`;
  const series = measured.series.get(metric);
  if (source === "alertmanager") return measured.noAlerts ?? "not known for a time that is over";
  return series?.missing ?? "Prometheus had no data of it at the end of this time";
}

/** The newest reading in the ledger. */
function gateSaw(metric: string, events: readonly LedgerEvent[]): Gated | null {
  for (const { at, gate } of [...events].reverse()) {
    const value = gate.find((each) => each.metric === metric)?.value ?? null;
    if (value !== null) return { at, value };
  }
  return null;
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `p95_latency` → `P95 latency` */
export function labelOf(metric: string): string {
  const words = metric
    .replaceAll(/[_:]+/g, " ")
    .trim()
    .replaceAll(/\bcpu\b/g, "CPU");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
