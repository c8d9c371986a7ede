import { RECENT_BLOCKS } from "./counting.ts";
import type { CountedCriterion } from "./gate-counts.ts";
import { BLOCK, sumOf, type Tally } from "./judging/block.ts";
import { type CountReading, type CountState, type CountVerdict, readCounts } from "./judging/judge-counts.ts";
import { formatDuration } from "./time.ts";

/** What was counted for a criterion, and what that proves. Percentages are of requests, 0 to 100. */
export interface CountedReading {
  readonly verdict: CountVerdict;
  /** Requests of the stage so far: of the treatment where it is compared. */
  readonly total: number;
  readonly bad: number;
  /** So many prove green, when no more of them are bad. */
  readonly needed: number;
  /** What is bad of them; null before the first. */
  readonly percent: number | null;
  /** What is bad at most, as far as is proven. */
  readonly atMost: number;
  readonly limit: number;
  /** Requests without the change; null where it is not compared. */
  readonly control: { readonly total: number; readonly bad: number } | null;
  /** All of it in words. */
  readonly words: string;
}

export function countedReading(counted: CountedCriterion): CountedReading {
  const { state, terms, judgement } = counted;
  const reading = readCounts(state, terms);
  const { total, bad, needed } = reading;
  return {
    verdict: judgement.verdict,
    total,
    bad,
    needed,
    percent: total === 0 ? null : percentOf(bad / total),
    atMost: percentOf(reading.bound),
    limit: percentOf(reading.limit),
    control: state.compared && partOf(state.compared.control),
    words: inWords({
      ...counted,
      reading,
      lately: sumOf(counted.recent),
      controlLately: sumOf(counted.recentControl),
    }),
  };
}

function partOf({ total, bad }: Tally): Part {
  return { total, bad };
}

interface Told extends CountedCriterion {
  readonly reading: CountReading;
  readonly lately: Tally;
  readonly controlLately: Tally;
}

function inWords(told: Told): string {
  const { judgement } = told;
  return `${verdictInWords(told)}${withoutComparison(told)}${judgement.asBefore ? asBefore(told) : ""}`;
}

function verdictInWords(told: Told): string {
  const { judgement, reading, criterion } = told;
  const { total, bad, needed, bound, limit } = reading;
  switch (judgement.verdict) {
    case "red":
      return judgement.by === "control"
        ? `${besideControl(told)}; margin ${percent(told.terms.margin as number)}: red${chance(told)}`
        : `${share(told, worst(told))}; limit ${percent(limit)}: red${chance(told)}`;
    case "shared_cause":
      return `${besideControl(told)}; limit ${percent(limit)}: what hits those without the change too is not its doing`;
    case "yellow":
      return `${count(told.state.judged.elevated)} of ${count(total)} ${noun(told, criterion.green.value)}: ${percent(told.state.judged.elevated / total)}; green is ${percent(told.terms.green)} at most${usually(told)}: yellow`;
    case "green":
      return `${share(told, told.reading)}, at most ${percent(bound)}; limit ${percent(limit)}: green`;
    case "not_enough":
      if (judgement.lately !== undefined) return tooBadLately(told, judgement.lately);
      return `${count(total)} of ${count(needed)} requests seen${bad > 0 ? `, ${count(bad)} of them ${noun(told)}` : ""}: not enough yet`;
  }
}

/** The whole stage would be green. */
function tooBadLately(told: Told, { total, bad }: Part): string {
  const { limit } = told.reading;
  return `${share(told, told.reading)}, but ${count(bad)} of the last ${count(total)}: ${percent(bad / total)}, not clearly below the limit of ${percent(limit)}: not green yet`;
}

/** A fault that began late is drowned in what was good before. */
function worst({ reading, lately }: Told): Part & { readonly isLate?: true } {
  return isWorse(lately, reading) ? { ...lately, isLate: true } : reading;
}

type Part = Pick<Tally, "total" | "bad">;

function isWorse(a: Part, b: Part): boolean {
  return a.total < b.total && a.bad * b.total > b.bad * a.total;
}

function share(told: Told, { total, bad, isLate }: Part & { readonly isLate?: true }): string {
  const when = isLate ? LATELY : "";
  return `${count(bad)} of ${count(total)} ${noun(told)}${when}: ${percent(bad / total)}`;
}

const LATELY = ` in the last ${formatDuration(RECENT_BLOCKS * BLOCK)}`;

/** Of what was judged beside control. */
function comparedIn({ state }: Told): NonNullable<CountState["compared"]> {
  return state.compared as NonNullable<CountState["compared"]>;
}

function besideControl(told: Told): string {
  const { lately, controlLately } = told;
  const { treatment, control } = comparedIn(told);
  return isWorse(lately, treatment)
    ? `treatment ${of(lately)}, control ${of(controlLately)}${LATELY}`
    : `treatment ${of(treatment)}, control ${of(control)}`;
}

function of({ total, bad }: Tally): string {
  return total === 0 ? "without a request" : `${percent(bad / total)} of ${count(total)}`;
}

function usually(told: Told): string {
  const { judgement, state } = told;
  switch (judgement.by) {
    case "before":
      return `, and ${percent(state.usual as number)} is usual at most`;
    case "control": {
      const { control } = comparedIn(told);
      return `, and control has ${of({ ...control, bad: control.elevated })}`;
    }
    case "limit":
      return "";
  }
}

function asBefore({ terms, state }: Told): string {
  const { elevated, total } = state.judged;
  return `, though ${percent(elevated / total)} is above its green bound of ${percent(terms.green)}: as before`;
}

function withoutComparison({ criterion, terms, judgement }: Told): string {
  if (criterion.counted.compare === null) return "";
  if (terms.margin === null) return "; at 100 % the limit alone judges";
  return judgement.isAlone
    ? "; fewer than 100 requests an hour without the change: the limit alone judges"
    : "";
}

function chance(told: Told): string {
  const { alpha } = told.judgement.by === "control" ? comparedIn(told).overControl : told.state.overLimit;
  return ` (by chance in at most ${percent(alpha)} of healthy rollouts)`;
}

function noun({ criterion }: Told, bound = (criterion.red ?? criterion.green).value): string {
  const { counts } = criterion.counted;
  if (counts.kind === "ratio") return "failed";
  return `took more than ${formatDuration("above" in counts.of ? counts.of.above : bound)}`;
}

function count(requests: number): string {
  return COUNT.format(Math.round(requests));
}

const COUNT = new Intl.NumberFormat("en-US");

/** `0.014 %`: two digits tell enough. */
function percent(part: number): string {
  return `${percentOf(part, 2)} %`;
}

function percentOf(part: number, digits = 3): number {
  return Number((100 * part).toPrecision(digits));
}
