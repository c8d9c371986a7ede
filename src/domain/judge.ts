import type { Bake, Samples } from "./bake.ts";
import { type CountedReading, countedReading } from "./counts-told.ts";
import type { Bound, Comparison, Gate, GateCriterion } from "./gate.ts";
import { type CountedCriterion, isSequential, judgedByCounts } from "./gate-counts.ts";
import type { CountVerdict } from "./judging/judge-counts.ts";
import type { Rollout } from "./rollout.ts";

/** How a value, or all values of a bake, stand against a gate. From good to bad. */
export type Verdict = "green" | "yellow" | "red";

/** From good to bad. */
const SEVERITY: readonly CountVerdict[] = ["green", "not_enough", "yellow", "shared_cause", "red"];

/** One criterion of a gate, as the samples so far stand against it. */
export interface Reading {
  readonly metric: string;
  /** The newest sample; null when there is none yet. */
  readonly value: number | null;
  readonly verdict: Verdict | null;
  readonly green: Bound;
  readonly red: Bound | null;
  /** What it was judged by; absent where that is its values. */
  readonly counted?: CountedReading;
}

function worst(verdicts: readonly CountVerdict[]): CountVerdict {
  return verdicts.reduce((a, b) => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a), "green");
}

/** One value: green when it meets `green`, else red when it meets `red`, else yellow. */
export function judgeValue({ green, red }: GateCriterion, value: number): Verdict {
  if (meets(value, green)) return "green";
  return red !== null && meets(value, red) ? "red" : "yellow";
}

/**
 * Of several series the worst one speaks for the metric. What is no number says nothing, and it must not hide behind
 * another series: then only red is certain.
 */
export function worstValue(criterion: GateCriterion, values: readonly number[]): number | undefined {
  const [first, ...others] = values.filter(Number.isFinite);
  if (first === undefined) return undefined;
  const value = others.reduce((a, b) => (isWorse(b, a, criterion) ? b : a), first);
  const isWhole = others.length + 1 === values.length;
  return isWhole || judgeValue(criterion, value) === "red" ? value : undefined;
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
  readonly verdict: CountVerdict;
  /** What the verdict rests on, in words; of a green one what is to be said all the same. */
  readonly why: readonly string[];
}

type Judged = Pick<Bake, "samples" | "counting" | "few">;

/** @returns null while some criterion has not samples enough to be judged */
export function judgeGate(gate: Gate, bake: Judged, rollout: Rollout): Judgement | null {
  const byValues = gate.criteria
    .filter((criterion) => !isSequential(criterion))
    .map((criterion) => judgedByValues(criterion, bake));
  const judged = [...byValues, ...countsIn(gate, bake, rollout)].flatMap((one) => one ?? []);
  if (judged.length < gate.criteria.length) return null;
  const verdict = worst(judged.map((one) => one.verdict));
  return { verdict, why: judged.flatMap((one) => (one.verdict === verdict ? one.why : [])) };
}

function countsIn(gate: Gate, { counting }: Judged, rollout: Rollout): Judgement[] {
  return judgedByCounts(gate, rollout, counting).map((counted) => {
    const { verdict, asBefore } = counted.judgement;
    return { verdict, why: verdict === "green" && !asBefore ? [] : [countedInWords(counted)] };
  });
}

function countedInWords(counted: CountedCriterion): string {
  return `${counted.criterion.metric}: ${countedReading(counted).words}`;
}

/** What is so certain by counts that it decides at once, in words. */
export function certainByCounts(
  verdict: "red" | "shared_cause",
  gate: Gate,
  { counting }: Judged,
  rollout: Rollout,
): string[] {
  const certain = judgedByCounts(gate, rollout, counting).filter((one) => one.judgement.verdict === verdict);
  return certain.map(countedInWords);
}

function judgedByValues(criterion: GateCriterion, { samples, few }: Judged): Judgement | null {
  const { metric, counted } = criterion;
  const known = samples.get(metric);
  if (known === undefined || known.count < checksNeeded(criterion)) {
    const seen = few?.get(metric);
    if (seen === undefined) return null;
    const why = `${metric}: ${seen} of ${counted?.minimum} requests in 5 minutes: not enough yet`;
    return { verdict: "not_enough", why: [why] };
  }
  const value = decisiveOf(criterion, known);
  const verdict = judgeValue(criterion, value);
  return { verdict, why: verdict === "green" ? [] : [judgedInWords(criterion, value, verdict)] };
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

export function readingsOf(gate: Gate, bake: Judged, rollout: Rollout): Reading[] {
  const counted = new Map(
    judgedByCounts(gate, rollout, bake.counting).map((one) => [one.criterion.metric, countedReading(one)]),
  );
  return gate.criteria.map((criterion) => {
    const { metric, green, red } = criterion;
    const reading = counted.get(metric);
    if (reading !== undefined)
      return {
        metric,
        value: valueIn(criterion, reading),
        verdict: COLORS[reading.verdict],
        green,
        red,
        counted: reading,
      };
    const known = bake.samples.get(metric);
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

/** As a criterion is colored; null: it is not known yet. */
export const COLORS: Readonly<Record<CountVerdict, Verdict | null>> = {
  red: "red",
  shared_cause: "red",
  yellow: "yellow",
  green: "green",
  not_enough: null,
};

/** In the metric's unit; a quantile is not measured, and no share is in milliseconds. */
function valueIn({ counted }: GateCriterion, { percent }: CountedReading): number | null {
  if (counted === undefined || percent === null) return null;
  const { counts, unit } = counted;
  if (counts.kind === "latency" && "quantile" in counts.of) return null;
  return unit === "ratio" ? percent / 100 : percent;
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
