import type { Instant } from "../../domain/time.ts";
import type { RawHistogram, RawSeries } from "../ports.ts";
import { keyOf, type Point, type Track, trackOf } from "./counter-track.ts";

/** Above how many seconds a request is bad, and above how many it counts against green. */
export interface Bounds {
  readonly bad: number;
  readonly elevated: number;
}

export interface WithoutBucket {
  /** The bound that is no bucket's, in seconds. */
  readonly withoutBucket: number;
  readonly instance: string;
}

export type HistogramTracks = { readonly tracks: readonly Track[] } | WithoutBucket;

/** Of a histogram's series, classic and native alike: one track for each of its label sets. */
export function histogramTracks(
  series: readonly RawSeries[],
  bounds: Bounds,
  label: string | undefined,
): HistogramTracks {
  const tracks: Track[] = series
    .filter(({ histograms }) => histograms.length > 0)
    .map(({ labels, histograms }) => {
      const points = histograms.map((each) => pointOf(each, bounds));
      return trackOf({ labels, key: keyOf(labels), kind: "all", points }, label);
    });
  // Exposed both ways it is counted once.
  const seen = new Set(tracks.map(({ key }) => key));
  for (const [key, { labels, byBound }] of classicOf(series)) {
    const all = byBound.get(Number.POSITIVE_INFINITY);
    if (all === undefined || seen.has(key)) continue;
    const below = bucketAt(byBound, bounds.bad);
    const calm = bucketAt(byBound, bounds.elevated);
    const instance = labels.instance ?? "";
    if (below === undefined) return { withoutBucket: bounds.bad, instance };
    if (calm === undefined) return { withoutBucket: bounds.elevated, instance };
    tracks.push(trackOf({ labels, key, kind: "all", points: joined(all, below, calm) }, label));
  }
  return { tracks };
}

interface Classic {
  /** As the histogram's would be if it were native. */
  readonly labels: RawSeries["labels"];
  readonly byBound: Map<number, RawSeries>;
}

function classicOf(series: readonly RawSeries[]): ReadonlyMap<string, Classic> {
  const found = new Map<string, Classic>();
  for (const each of series) {
    const { le, __name__: bucket = "", ...others } = each.labels;
    if (le === undefined) continue;
    const labels = { ...others, __name__: bucket.replace(/_bucket$/, "") };
    const key = keyOf(labels);
    const classic = found.get(key) ?? { labels, byBound: new Map() };
    classic.byBound.set(boundOf(le), each);
    found.set(key, classic);
  }
  return found;
}

export function boundOf(le: string): number {
  return /^\+?Inf$/.test(le) ? Number.POSITIVE_INFINITY : Number(le);
}

function bucketAt(byBound: ReadonlyMap<number, RawSeries>, bound: number): RawSeries | undefined {
  const exact = byBound.get(bound);
  if (exact !== undefined) return exact;
  for (const [each, series] of byBound) if (Math.abs(each - bound) <= Math.abs(bound) * 1e-9) return series;
  return undefined;
}

/** Buckets of one scrape have one time. */
function joined(all: RawSeries, below: RawSeries, calm: RawSeries): Point[] {
  const belowAt = valuesOf(below);
  const calmAt = below === calm ? belowAt : valuesOf(calm);
  return all.samples.flatMap(({ at, value: total }) => {
    const fast = belowAt.get(at);
    const good = calmAt.get(at);
    if (fast === undefined || good === undefined) return [];
    return [{ at, total, bad: Math.max(0, total - fast), elevated: Math.max(0, total - good) }];
  });
}

function valuesOf({ samples }: RawSeries): Map<Instant, number> {
  return new Map(samples.map(({ at, value }) => [at, value]));
}

function pointOf(histogram: RawHistogram, { bad, elevated }: Bounds): Point {
  const { at, count } = histogram;
  const above = aboveIn(histogram, bad);
  return { at, total: count, bad: above, elevated: elevated === bad ? above : aboveIn(histogram, elevated) };
}

/**
 * How many of a native histogram's observations are above a bound. In the bucket that the bound cuts they are taken to lie
 * evenly on the scale of the bucket: that of logarithms, as Prometheus' own `histogram_fraction` has it from 3.0 on.
 * In whole numbers, so that what two scrapes differ by is one too.
 */
function aboveIn({ buckets }: RawHistogram, bound: number): number {
  let above = 0;
  for (const { lower, upper, count } of buckets) {
    if (lower >= bound) above += count;
    else if (upper > bound) above += count * (1 - shareBelow(lower, upper, bound));
  }
  return Math.round(above);
}

function shareBelow(lower: number, upper: number, bound: number): number {
  if (upper === Number.POSITIVE_INFINITY) return 0;
  if (lower > 0) return Math.log(bound / lower) / Math.log(upper / lower);
  // The bucket around zero, and the first of those whose bounds are set by hand.
  const from = Math.max(0, lower);
  return (bound - from) / (upper - from);
}
