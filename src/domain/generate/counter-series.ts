import type { MetricCounts } from "../counts.ts";
import type { Duration } from "../time.ts";
import { type InputSeries, seriesText, type TestContext } from "./rule-test-file.ts";

/** What is asked of a service in a test: when, and whether it failed. */
export interface Asked {
  readonly at: Duration;
  readonly isBad: boolean;
}

interface Matcher {
  readonly name: string;
  readonly op: string;
  readonly value: string;
}

/** What a regular expression of a matcher may want: codes, words. */
const GUESSES = ["500", "503", "400", "5xx", "error", "true", "200", "tested"];

const MATCHER = /([A-Za-z_][A-Za-z0-9_]*)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")/g;

/** Already counted when a test begins: a counter that begins at 0 is one that was just started. */
const COUNTED = 1_000;

/**
 * The series that an application would have been scraped with, for some requests.
 * @param bounds of a histogram's buckets, in milliseconds; a bad request is slower than all of them
 * @param isBorn whether the counter of bad requests appears with the first of them
 * @returns undefined where no labels are known that the selectors of the counters tell apart
 */
export function counterSeries(
  counts: MetricCounts,
  {
    asked,
    until,
    isBorn,
  }: { readonly asked: readonly Asked[]; readonly until: Duration; readonly isBorn: boolean },
  bounds: readonly Duration[],
  context: TestContext,
): InputSeries[] | undefined {
  const values = (which: (asked: Asked) => boolean, from: number | null): string =>
    valuesOf(
      asked.filter(which).map(({ at }) => at),
      until,
      context.scrape,
      from,
    );
  return counts.kind === "latency"
    ? histogramSeries(counts.histogram, bounds, values, context)
    : ratioSeries(counts, isBorn, values, context);
}

/** The values of the counter of some requests, from a count on. */
type Values = (which: (asked: Asked) => boolean, from: number | null) => string;

function histogramSeries(
  histogram: string,
  bounds: readonly Duration[],
  values: Values,
  context: TestContext,
): InputSeries[] | undefined {
  const labels = labelsFor(matchersOf(histogram), context);
  if (labels === undefined) return undefined;
  const name = nameOf(histogram);
  const bucket = (le: string): string => seriesText(`${name}_bucket`, new Map([...labels, ["le", le]]));
  const fast = values(({ isBad }) => !isBad, COUNTED);
  const all = values(() => true, COUNTED);
  return [
    ...bounds.map((bound) => ({ series: bucket(String(bound / 1_000)), values: fast })),
    { series: bucket("+Inf"), values: all },
    { series: seriesText(`${name}_count`, labels), values: all },
  ];
}

function ratioSeries(
  { bad, total }: { readonly bad: string; readonly total: string },
  isBorn: boolean,
  values: Values,
  context: TestContext,
): InputSeries[] | undefined {
  const ofBad = matchersOf(bad);
  const ofTotal = matchersOf(total);
  const totalLabels = labelsFor(ofTotal, context);
  if (ofBad === undefined || ofTotal === undefined || totalLabels === undefined) return undefined;
  // In one metric those that failed are among all of them.
  const isOne = nameOf(bad) === nameOf(total);
  const badLabels = labelsFor(isOne ? [...ofBad, ...ofTotal] : ofBad, context);
  if (badLabels === undefined || (isOne && fits(totalLabels, ofBad))) return undefined;
  return [
    {
      series: seriesText(nameOf(bad), badLabels),
      values: values(({ isBad }) => isBad, isBorn ? null : COUNTED),
    },
    {
      series: seriesText(nameOf(total), totalLabels),
      values: values(({ isBad }) => !isOne || !isBad, COUNTED),
    },
  ];
}

/**
 * What a counter showed at each scrape, in promtool's words for a row of equal steps.
 * @param from what it began with; null: it appears with the first request
 */
export function valuesOf(
  times: readonly Duration[],
  until: Duration,
  scrape: Duration,
  from: number | null,
): string {
  const sorted = [...times].sort((one, other) => one - other);
  const parts: string[] = [];
  let missing = 0;
  let count = from ?? 0;
  let next = 0;
  let run: { readonly start: number; readonly step: number; length: number } | null = null;
  for (let at = 0; at <= until; at += scrape) {
    const before: number = count;
    for (; (sorted[next] ?? Number.POSITIVE_INFINITY) <= at; next++) count += 1;
    if (from === null && count === 0) {
      missing += 1;
      continue;
    }
    if (missing > 0 && parts.length === 0) parts.push(`_x${missing}`);
    const step: number = count - before;
    if (run !== null && run.step === step) run.length += 1;
    else if (run !== null && run.length === 0) run = { start: run.start, step, length: 1 };
    else {
      if (run !== null) parts.push(textOf(run));
      run = { start: count, step: 0, length: 0 };
    }
  }
  return [...parts, ...(run === null ? [] : [textOf(run)])].join(" ");
}

function textOf({ start, step, length }: { start: number; step: number; length: number }): string {
  return length === 0 ? String(start) : `${start}+${step}x${length}`;
}

function nameOf(selector: string): string {
  return selector.replace(/\{.*$/s, "");
}

/** Undefined where a label's name is quoted: servers before Prometheus 3 do not read it. */
function matchersOf(selector: string): Matcher[] | undefined {
  const text = selector.slice(nameOf(selector).length);
  if (/[^{},]/.test(text.replaceAll(MATCHER, ""))) return undefined;
  return [...text.matchAll(MATCHER)].map(([, name, op, value]) => ({
    name: String(name),
    op: String(op),
    value: JSON.parse(String(value)) as string,
  }));
}

/** A target's labels that fit; undefined when none are known that do. */
function labelsFor(
  matchers: readonly Matcher[] | undefined,
  { job }: TestContext,
): Map<string, string> | undefined {
  if (matchers === undefined) return undefined;
  const labels = new Map([
    ["instance", "tested:80"],
    ["job", job],
  ]);
  for (const { name, op, value } of matchers) {
    if (op === "=") labels.set(name, value);
    else if (op === "=~") {
      const own = matchers.filter((matcher) => matcher.name === name);
      const guess = [...GUESSES, ...value.split("|")].find((text) => fits(new Map([[name, text]]), own));
      if (guess !== undefined) labels.set(name, guess);
    }
  }
  return fits(labels, matchers) ? labels : undefined;
}

function fits(labels: ReadonlyMap<string, string>, matchers: readonly Matcher[]): boolean {
  return matchers.every(({ name, op, value }) => {
    const own = labels.get(name) ?? "";
    if (op === "=" || op === "!=") return (own === value) === (op === "=");
    return isMatch(value, own) === (op === "=~");
  });
}

/** Prometheus' expressions are RE2's, of which we know most. */
function isMatch(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}
