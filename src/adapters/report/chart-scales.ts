import { type ScaleLinear, type ScaleTime, scaleLinear, scaleUtc } from "d3-scale";
import type { ChartView } from "../../app/report/report.ts";

/** Pixels. */
export const WIDTH = 760;
export const HEIGHT = 240;
export const EDGE = { left: 62, right: 16, top: 40, bottom: 34 };

export interface Scales {
  readonly x: ScaleTime<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly ticks: { readonly x: readonly { at: Date; label: string }[]; readonly y: readonly number[] };
  /** Bounds that are in the picture; the others are so far off that the line would be flat. */
  readonly shown: ChartView["bounds"];
}

/** A bound that is so many times as high as everything else is told, not drawn. */
const TOO_FAR = 3;

export function scalesOf({ from, to, points, bounds, unit, shape }: ChartView): Scales {
  const start = new Date(from);
  const end = new Date(Math.max(Date.parse(to), start.getTime() + 1_000));
  const values = points.flatMap(([, value]) => (value === null || !Number.isFinite(value) ? [] : [value]));
  const highest = Math.max(0, ...values);
  const green = bounds.filter(({ kind }) => kind === "green").map(({ value }) => value);
  const within = Math.max(highest, ...green) * TOO_FAR;
  const shown = bounds.filter(({ value }) => value <= within || values.length === 0);
  const top = Math.max(highest, ...shown.map(({ value }) => value));
  const isShare = unit === "percent" && shape === "steps";
  const x = scaleUtc()
    .domain([start, end])
    .range([EDGE.left, WIDTH - EDGE.right]);
  const y = scaleLinear()
    .domain([Math.min(0, ...values), isShare ? 100 : top === 0 ? 1 : top * 1.1])
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  if (!isShare) y.nice(4);
  return { x, y, ticks: { x: timeTicks(x, start, end), y: y.ticks(4) }, shown };
}

const HOUR = 3_600_000;

/** By day and hour where it lasts days, else by the clock; always UTC, and in the same words wherever it runs. */
function timeTicks(x: Scales["x"], start: Date, end: Date): { at: Date; label: string }[] {
  const lasts = end.getTime() - start.getTime();
  return x.ticks(6).map((at) => {
    const time = at.toISOString();
    const date = `${Number(time.slice(8, 10))} ${MONTHS[at.getUTCMonth()]}`;
    const clock = lasts < HOUR / 12 ? time.slice(11, 19) : time.slice(11, 16);
    if (lasts > 36 * HOUR) return { at, label: clock === "00:00" ? date : `${date} ${clock}` };
    return { at, label: clock === "00:00" ? date : clock };
  });
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
