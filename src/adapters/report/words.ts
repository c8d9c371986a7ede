import type { MetricRow } from "../../app/report/report.ts";

/** `2026-11-20 03:00 UTC`; to the second where things went fast. */
export function timeText(time: string, precision: "minute" | "second" = "minute"): string {
  const length = precision === "minute" ? 16 : 19;
  return `${time.slice(0, 10)} ${time.slice(11, length)} UTC`;
}

/** In a column that says that it is UTC. */
export function bareTime(time: string, precision: "minute" | "second" = "minute"): string {
  return timeText(time, precision).replace(" UTC", "");
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** Two units at most: nobody counts the seconds of eight hours. `45 s`, `2 min 5 s`, `12 h`, `1 d 3 h` */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(seconds < 1 ? 3 : 1))} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0 && parts.length < 2) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    rest -= count * size;
  }
  return parts.join(" ");
}

const SIGNS: Readonly<Record<MetricRow["unit"], string>> = {
  percent: " %",
  milliseconds: " ms",
  count: "",
  ratio: "",
};

/**
 * Four digits: `0.0431 %`, `152.3 ms`, `5`; more where they would make it the bound that it is only near.
 * @param bound such as `< 0.1`
 */
export function valueText(
  value: number | null,
  unit: MetricRow["unit"],
  bound: string | null = null,
): string {
  if (value === null) return "no data";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "below all";
  const rounded = Number(value.toPrecision(4));
  const isNear = rounded !== value && bound?.split(" ")[1] === String(rounded);
  return `${isNear ? Number(value.toPrecision(8)) : rounded}${SIGNS[unit]}`;
}

/** A bound such as `< 0.1`, with its unit. */
export function boundText(bound: string | null, unit: MetricRow["unit"]): string {
  return bound === null ? "none" : `${bound}${SIGNS[unit]}`;
}

/** What commands a terminal, or turns the direction of a text around. */
export const COMMANDING = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text from outside, on one line: it cannot look like more lines than one, nor like another one. */
export function plain(text: string): string {
  return text.replaceAll(/[\t-\r\u2028\u2029]+/gu, " ").replaceAll(COMMANDING, "");
}
