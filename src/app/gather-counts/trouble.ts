import { formatDuration } from "../../domain/time.ts";
import { doubtsOf } from "../gather-evidence/measure.ts";
import type { Cut } from "./closing.ts";
import type { CountedCriterion } from "./counted-by.ts";
import type { Span } from "./counted-steps.ts";
import type { Amount, Point, Track } from "./counter-track.ts";
import { type ToldBy, unexplainedFalls } from "./known-targets.ts";

export interface Trouble {
  /** In words, which stay the same from look to look. */
  readonly why: string;
  /** Nothing can be said of now; else it is only worth a word. */
  readonly blind: boolean;
  /** What to do about it, where that follows from what is wrong. */
  readonly advice?: string;
  /** The variant that does not occur, if it is that. */
  readonly variant?: string;
}

/** Why nothing that was counted is worth anything. */
export type Worthless = Pick<Trouble, "why" | "advice">;

export interface Counted {
  readonly criterion: CountedCriterion;
  readonly tracks: readonly { readonly track: Track; readonly steps: readonly Point[] }[];
  readonly warnings: readonly string[];
  readonly span: Span;
  readonly cut: Cut;
  readonly told: ToldBy;
}

/** So often a counter goes down within one look only if it is none; where its process tells that it went on, sooner. */
const FALLS = { known: 2, unknown: 3 };

const NAME_A_COUNTER =
  "name a counter, which only grows while its process lives; a value that goes up and down is a metric with expr";

const LABEL_IT =
  "see that the application labels its requests so (docs/flags.md), or write in the metric's by what it has";

/** What makes worthless whatever was counted; undefined: nothing. */
export function whyWorthless(counted: Counted): Worthless | undefined {
  const { criterion, warnings } = counted;
  const [doubt] = doubtsOf([{ metric: criterion.metric, warnings: [...new Set(warnings)] }]);
  return (
    noSeries(counted) ??
    noNumbers(counted) ??
    tooRare(counted) ??
    noCounter(counted) ??
    tooMany(counted) ??
    (doubt === undefined ? undefined : { why: doubt })
  );
}

/** What else there is to say: what was counted is right. */
export function troubleOf(counted: Counted): readonly Trouble[] {
  const { tracks, span, cut } = counted;
  const old = isOld(
    tracks.map(({ track }) => track),
    span,
    cut,
  );
  const age = `older than two scrapes (${formatDuration(cut.fresh)})`;
  return [
    ...(old ? [{ why: `the newest sample of ${nameOf(counted)} is ${age}`, blind: true }] : []),
    ...missingVariants(counted),
  ];
}

function allOf({ tracks }: Counted): Counted["tracks"] {
  return tracks.filter(({ track }) => track.kind === "all");
}

function nameOf({ criterion: { counted } }: Counted): string {
  return counted.counts.kind === "ratio" ? counted.counts.total : counted.counts.histogram;
}

function noSeries(counted: Counted): Worthless | undefined {
  if (allOf(counted).length > 0) return undefined;
  const isHistogram = counted.criterion.counted.counts.kind === "latency";
  return {
    why: isHistogram ? `no histogram matches ${nameOf(counted)}` : `nothing matches ${nameOf(counted)}`,
    advice:
      "see in Prometheus that its name and its labels are those that the application is scraped with; a counter with labels is there from its first request on",
  };
}

function noNumbers({ tracks }: Counted): Worthless | undefined {
  for (const { track } of tracks)
    for (const { total, bad, elevated } of track.points)
      for (const value of [total, bad, elevated])
        if (!Number.isFinite(value) || value < 0)
          return {
            why: `${track.name} is ${Number.isNaN(value) ? "NaN" : value < 0 ? "negative" : "infinite"}: it is no counter`,
            advice: NAME_A_COUNTER,
          };
  return undefined;
}

/** Scraped, and so rarely that one sample says nothing of the next. */
function tooRare(counted: Counted): Worthless | undefined {
  const { cut } = counted;
  const spacings = allOf(counted).flatMap(({ track: { points } }) =>
    points.flatMap(({ at }, index) => (index === 0 ? [] : [at - (points[index - 1]?.at ?? at)])),
  );
  const closest = Math.min(...spacings);
  if (spacings.length === 0 || closest <= cut.longestStep) return undefined;
  const apart = formatDuration(Math.round(closest / 1_000) * 1_000);
  return {
    why: `samples of ${nameOf(counted)} are ${apart} apart: the policy's scrape.interval is not how often it is scraped`,
    advice: "scrape it as often as scrape.interval says, or write there how often it is scraped",
  };
}

/** Whether its newest sample is, by the end of a span. */
export function isOld(tracks: readonly Track[], { to }: Span, { fresh }: Cut): boolean {
  const newest = Math.max(
    ...tracks.filter(({ kind }) => kind === "all").map(({ points }) => points.at(-1)?.at ?? 0),
  );
  return newest < to - fresh;
}

/** Only where most of its series do it: one process that keeps crashing is another trouble. */
function noCounter({ tracks, span, told }: Counted): Worthless | undefined {
  const doubted = tracks.filter(({ track }) => {
    const falls = unexplainedFalls(track, span, told);
    return falls >= (told(track.target).starts.length > 0 ? FALLS.known : FALLS.unknown);
  });
  const [first] = doubted;
  if (first === undefined) return undefined;
  const named = tracks.filter(({ track: { name } }) => name === first.track.name);
  return 2 * doubted.length > named.length
    ? { why: `${first.track.name} goes down again and again: it is no counter`, advice: NAME_A_COUNTER }
    : undefined;
}

/** What began in one block may fail in the next: only if it was never so many is it something else. */
function tooMany(counted: Counted): Worthless | undefined {
  const { tracks, criterion } = counted;
  if (criterion.counted.counts.kind !== "ratio") return undefined;
  const sumOf = (points: readonly Amount[]) =>
    points.reduce((sum, { total, bad }) => ({ total: sum.total + total, bad: sum.bad + bad }), {
      total: 0,
      bad: 0,
    });
  const steps = sumOf(tracks.flatMap((each) => each.steps));
  const raw = sumOf(tracks.flatMap(({ track }) => track.points.slice(-1)));
  return steps.bad > steps.total && raw.bad > raw.total
    ? {
        why: `${criterion.counted.counts.bad} counts more than ${criterion.counted.counts.total}: it is no part of it`,
        advice: "let total select all requests, those that failed among them",
      }
    : undefined;
}

function missingVariants(counted: Counted): Trouble[] {
  const { compare } = counted.criterion.counted;
  if (compare === null) return [];
  const { label, treatment, control } = compare.by;
  const seen = new Set(allOf(counted).map(({ track }) => track.variant ?? ""));
  const others = [...seen]
    .sort()
    .slice(0, 5)
    .map((value) => JSON.stringify(value))
    .join(", ");
  return [treatment, control]
    .filter((value) => !seen.has(value))
    .map((value) => ({
      why: `${label}=${JSON.stringify(value)} does not occur in ${nameOf(counted)}, which has ${others}`,
      blind: false,
      advice: LABEL_IT,
      variant: value,
    }));
}
