import { formatBound } from "../../domain/judge.ts";
import type { Policy } from "../../domain/policy.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { Reported } from "./criteria.ts";
import type { Point, Series, Span } from "./measure-series.ts";
import { labelOf } from "./metric-rows.ts";
import type { ChartView } from "./report.ts";

export interface ChartSources {
  readonly policy: Policy;
  readonly span: Span;
  readonly traffic: readonly Point[];
  readonly reported: readonly Reported[];
  readonly series: ReadonlyMap<string, Series>;
  readonly marks: ChartView["marks"];
}

/** Traffic, and the two metrics that the policy's thresholds mean, errors and latency, where there are such. */
export function chartsOf({ policy, span, traffic, reported, series, marks }: ChartSources): ChartView[] {
  const { error, latency } = policy.rollout.thresholds;
  const time = { from: rfc3339(span.from), to: rfc3339(span.to), marks };
  const wanted = reported.filter(({ metric }) => metric === error || metric === latency);
  wanted.sort((a, b) => Number(b.metric === error) - Number(a.metric === error));
  return [
    {
      ...time,
      id: "traffic",
      title: "Traffic: users on the new system",
      unit: "percent",
      shape: "steps",
      points: pointsOf(traffic),
      bounds: [],
      missing: null,
    },
    ...wanted.map((metric) => chartOf(metric, series.get(metric.metric), time)),
  ];
}

function chartOf(
  { metric, unit, criterion }: Reported,
  series: Series | undefined,
  time: Pick<ChartView, "from" | "to" | "marks">,
): ChartView {
  const bounds: ChartView["bounds"][number][] = [];
  if (criterion !== null) {
    const { green, red } = criterion;
    bounds.push({ kind: "green", value: green.value, text: `green ${formatBound(green)}` });
    if (red !== null) bounds.push({ kind: "red", value: red.value, text: `red ${formatBound(red)}` });
  }
  const points = series?.points ?? [];
  const isEmpty = points.every(({ value }) => value === null);
  return {
    ...time,
    id: metric.replaceAll(/[^A-Za-z0-9_-]/g, "_"),
    title: labelOf(metric),
    unit,
    shape: "line",
    points: pointsOf(points),
    bounds,
    missing: isEmpty ? (series?.missing ?? "the time is too short for a picture") : null,
  };
}

function pointsOf(points: readonly Point[]): ChartView["points"] {
  return points.map(({ at, value }) => [rfc3339(at), value === null ? null : Number(value.toPrecision(6))]);
}
