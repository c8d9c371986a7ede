import { curveLinear, curveStepAfter, line } from "d3-shape";
import { type Html, html } from "../../app/html.ts";
import type { ChartView } from "../../app/report/report.ts";
import { EDGE, HEIGHT, type Scales, scalesOf, WIDTH } from "./chart-scales.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { plain, timeText, valueText } from "./words.ts";

const NOTHING_HEIGHT = 72;

/** A picture of one chart as SVG, for a page of either color scheme and for people who do not see it. */
export function chartSvg(chart: ChartView): Html {
  const id = `chart-${chart.id}`;
  const height = chart.missing === null ? HEIGHT : NOTHING_HEIGHT;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc" class="chart"><title id="${id}-title">${plain(chart.title)}</title><desc id="${id}-desc">${plain(described(chart))}</desc>${CHART_STYLE}<text class="heading" x="${EDGE.left}" y="16">${plain(chart.title)}${unitText(chart)}</text>${chart.missing === null ? drawn(chart, scalesOf(chart)) : nothing(chart.missing)}</svg>`;
}

/** A file of its own. */
export function chartFile(chart: ChartView): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${chartSvg(chart)}\n`;
}

const UNITS = { percent: ", %", milliseconds: ", ms", count: "", ratio: "" } as const;

function unitText({ unit }: ChartView): string {
  return UNITS[unit];
}

/** What the picture shows, in words. */
function described({ points, unit, from, to, bounds, marks, missing }: ChartView): string {
  const time = `from ${timeText(from)} to ${timeText(to)}`;
  if (missing !== null) return `No data ${time}: ${missing}.`;
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const [first, last] = [values[0] ?? null, values.at(-1) ?? null];
  const gaps = points.some(([, value]) => value === null) ? " There are gaps without data." : "";
  const limits = bounds.map(({ text }) => ` ${text}.`).join("");
  const marked = marks.map(({ at, label }) => ` ${label} at ${timeText(at)}.`).join("");
  return `${valueText(first, unit)} at first, ${valueText(last, unit)} at last, between ${valueText(Math.min(...values), unit)} and ${valueText(Math.max(...values), unit)}, ${time}.${gaps}${limits}${marked}`;
}

function nothing(missing: string): Html {
  return html`<text class="missing" x="${WIDTH / 2}" y="${NOTHING_HEIGHT - 22}">No data: ${plain(missing).slice(0, 90)}</text>`;
}

function drawn(chart: ChartView, scales: Scales): Html {
  return html`${grid(scales)}${chart.bounds.map((bound, index) => boundLine(chart, bound, index, scales))}${marksOf(chart, scales)}${lineOf(chart, scales)}`;
}

function grid({ x, y, ticks }: Scales): Html {
  const bottom = HEIGHT - EDGE.bottom;
  return html`${ticks.y.map((value) => {
    const at = round(y(value));
    return html`<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/><text class="tick left" x="${EDGE.left - 8}" y="${at + 4}">${Number(value.toPrecision(6))}</text>`;
  })}<line class="axis" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${bottom}" y2="${bottom}"/>${ticks.x.map(
    ({ at, label }) =>
      html`<line class="axis" x1="${round(x(at))}" x2="${round(x(at))}" y1="${bottom}" y2="${bottom + 4}"/><text class="tick below" x="${round(x(at))}" y="${bottom + 17}">${label}</text>`,
  )}<text class="tick end" x="${WIDTH - EDGE.right}" y="${HEIGHT - 3}">UTC</text>`;
}

/** One that is too far off to be drawn is named at the top all the same. */
function boundLine(
  { unit }: ChartView,
  bound: ChartView["bounds"][number],
  index: number,
  { y, shown }: Scales,
): Html {
  const isShown = shown.includes(bound);
  const at = round(y(bound.value));
  const text = `${bound.text}${UNITS[unit].replace(",", "")}${isShown ? "" : " (above this picture)"}`;
  const legend = html`<text class="bound ${bound.kind}" x="${WIDTH - EDGE.right - 190 * (1 - index)}" y="16">${isShown ? "┄ " : ""}${text}</text>`;
  return isShown
    ? html`<line class="bound ${bound.kind}" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/>${legend}`
    : legend;
}

/** Pixels of a letter, about, and between two labels. */
const LETTER = 6.6;
const SPACE = 8;

function marksOf({ marks, from, to }: ChartView, { x }: Scales): Html {
  const inside = marks.filter(({ at }) => at >= from && at <= to);
  // Of labels that would lie on each other the earlier one stays, a rollback's always.
  let free = Number.NEGATIVE_INFINITY;
  const sorted = [...inside].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return html`${sorted.map(({ kind, at, label }) => {
    const place = round(x(new Date(at)));
    const isTold = kind === "rollback" || place >= free;
    const room = label.length * LETTER + SPACE;
    if (isTold) free = place + room;
    const isLate = place + room > WIDTH - EDGE.right;
    const row = kind === "rollback" ? EDGE.top - 11 : EDGE.top + 9;
    return html`<line class="mark ${kind}" x1="${place}" x2="${place}" y1="${EDGE.top - 6}" y2="${HEIGHT - EDGE.bottom}"/>${isTold ? html`<text class="mark ${kind} ${isLate ? "end" : ""}" x="${place + (isLate ? -4 : 4)}" y="${row}">${plain(label)}</text>` : ""}`;
  })}`;
}

function lineOf({ points, shape }: ChartView, { x, y }: Scales): Html {
  const isThere = (value: number | null): value is number => value !== null && Number.isFinite(value);
  const path = line<ChartView["points"][number]>()
    .defined(([, value]) => isThere(value))
    .x(([at]) => round(x(new Date(at))))
    .y(([, value]) => round(y(value ?? 0)))
    .curve(shape === "steps" ? curveStepAfter : curveLinear);
  // A point between two gaps has no line.
  const alone = points.filter(
    ([, value], index) =>
      isThere(value) && !isThere(points[index - 1]?.[1] ?? null) && !isThere(points[index + 1]?.[1] ?? null),
  );
  return html`<path class="line" d="${path([...points]) ?? ""}"/>${alone.map(
    ([at, value]) =>
      html`<circle class="point" cx="${round(x(new Date(at)))}" cy="${round(y(value ?? 0))}" r="2"/>`,
  )}`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
