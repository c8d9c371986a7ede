import type { Samples } from "./bake.ts";
import type { Bound, Comparison, Gate, GateCriterion } from "./gate.ts";

/** How a value, or all values of a bake, stand against a gate. From good to bad. */
export type Verdict = "green" | "yellow" | "red";

const SEVERITY: readonly Verdict[] = ["green", "yellow", "red"];

/** One criterion of a gate, as the samples so far stand against it. */
export interface Reading {
  readonly metric: string;
  /** The newest sample; null when there is none yet. */
  readonly value: number | null;
  readonly verdict: Verdict | null;
  readonly green: Bound;
  readonly red: Bound | null;
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), "green");
}

/** One value: green when it meets `green`, else red when it meets `red`, else yellow. */
export function judgeValue({ green, red }: GateCriterion, value: number): Verdict {
  if (meets(value, green)) return "green";
  return red !== null && meets(value, red) ? "red" : "yellow";
}

/** Of several series the worst one speaks for the metric. */
export function worstValue(criterion: GateCriterion, values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => (isWorse(b, a, criterion) ? b : a));
}

/** By its verdict; of two values with the same one, by how far it is from green. */
function isWorse(a: number, b: number, criterion: GateCriterion): boolean {
  const by = SEVERITY.indexOf(judgeValue(criterion, a)) - SEVERITY.indexOf(judgeValue(criterion, b));
  if (by !== 0) return by > 0;
  const { comparison, value } = criterion.green;
  if (comparison === "==") return Math.abs(a - value) > Math.abs(b - value);
  return comparison.startsWith("<") ? a > b : a < b;
}

/**
 * All samples of a bake: each of them, their average, or the last so many, as the criterion says. Bounds are
 * half-lines, so that the smallest and the largest sample speak for all of them.
 */
export function judgeSamples(criterion: GateCriterion, samples: Samples): Verdict {
  return judgeValue(criterion, decisiveOf(criterion, samples));
}

/** The value that the verdict on all samples rests on: their average, or the worst of those that are judged. */
function decisiveOf(criterion: GateCriterion, { count, sum, min, max, recent }: Samples): number {
  const { sustained } = criterion;
  if (sustained === "average") return sum / count;
  const judged = sustained === "whole-bake" ? [min, max] : recent.slice(-sustained.checksInARow);
  return judged.reduce((a, b) => (isWorse(b, a, criterion) ? b : a));
}

/** What a gate says of a whole bake. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What the verdict rests on, in words. */
  readonly why: readonly string[];
}

/** @returns null while some criterion has not samples enough to be judged */
export function judgeGate({ criteria }: Gate, samples: ReadonlyMap<string, Samples>): Judgement | null {
  const judged = criteria.flatMap((criterion) => {
    const known = samples.get(criterion.metric);
    if (known === undefined || known.count < checksNeeded(criterion)) return [];
    const value = decisiveOf(criterion, known);
    return [{ criterion, value, verdict: judgeValue(criterion, value) }];
  });
  if (judged.length < criteria.length) return null;
  const overall = worst(judged.map(({ verdict }) => verdict));
  const decisive = judged.filter(({ verdict }) => verdict === overall);
  return {
    verdict: overall,
    why: decisive.map(({ criterion, value }) => judgedInWords(criterion, value, overall)),
  };
}

/** How many samples there must be to promote on. */
function checksNeeded({ sustained }: GateCriterion): number {
  return typeof sustained === "object" ? sustained.checksInARow : 1;
}

export function judgedInWords(
  { metric, green, red }: GateCriterion,
  value: number,
  verdict: Verdict,
): string {
  const bound =
    verdict === "red" && red !== null ? `red is ${formatBound(red)}` : `green is ${formatBound(green)}`;
  return `${metric} ${Number(value.toPrecision(6))} is ${verdict} (${bound})`;
}

/** What a single check is judged by at once: an average is judged when the bake is over. */
export function actsAtOnce({ sustained }: GateCriterion): boolean {
  return sustained !== "average";
}

export function readingsOf(gate: Gate, samples: ReadonlyMap<string, Samples>): Reading[] {
  return gate.criteria.map((criterion) => {
    const { metric, green, red } = criterion;
    const known = samples.get(metric);
    const value = known?.recent.at(-1) ?? null;
    return {
      metric,
      value,
      verdict: known === undefined ? null : judgeSamples(criterion, known),
      green,
      red,
    };
  });
}

/**
 * The gate with red bounds of an operator's choice. A value that is red cannot be green, so where the choice is
 * stricter than green was, all that is not red is green: a threshold of 0 errors can be met.
 */
export function withThresholds(gate: Gate, thresholds: ReadonlyMap<string, number>): Gate {
  return {
    ...gate,
    criteria: gate.criteria.map((criterion) => {
      const threshold = thresholds.get(criterion.metric);
      return threshold === undefined ? criterion : withThreshold(criterion, threshold);
    }),
  };
}

function withThreshold(criterion: GateCriterion, value: number): GateCriterion {
  const { green } = criterion;
  const comparison = criterion.red?.comparison ?? (green.comparison.startsWith(">") ? "<" : ">");
  const isStricter = comparison.startsWith(">") ? value < green.value : value > green.value;
  return {
    ...criterion,
    green: isStricter ? { comparison: OPPOSITE[comparison], value } : green,
    red: { comparison, value },
  };
}

/** Of a bound, what does not meet it; no red bound is an equality. */
const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "==": "==",
};

export function meets(value: number, bound: Bound): boolean {
  switch (bound.comparison) {
    case "<":
      return value < bound.value;
    case "<=":
      return value <= bound.value;
    case ">":
      return value > bound.value;
    case ">=":
      return value >= bound.value;
    case "==":
      return value === bound.value;
  }
}

/** As people write it: `< 0.1`. */
export function formatBound({ comparison, value }: Bound): string {
  return `${comparison} ${value}`;
}
