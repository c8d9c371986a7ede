import type { Duration, Instant } from "./time.ts";

/** What a metric is counted from, in Prometheus' own selectors: counters, or a histogram (classic or native). */
export type MetricCounts =
  | { readonly kind: "ratio"; readonly bad: string; readonly total: string }
  | {
      readonly kind: "latency";
      /** The histogram's name in seconds, without `_bucket`, as a selector: it may have matchers. */
      readonly histogram: string;
      /**
       * The share of requests above so many milliseconds is the metric's value, in percent; or the metric is a quantile
       * in milliseconds, and a bound of it is judged as the share of requests above that bound.
       */
      readonly of: { readonly above: Duration } | { readonly quantile: number };
    };

/** The label of a metric's counters that tells who had the change from who did not. */
export interface VariantLabel {
  readonly label: string;
  readonly treatment: string;
  readonly control: string;
}

/** Requests that were counted after `from` and up to `to`, by raw counters: resets handled, all instances summed. */
export interface CountBlock {
  readonly from: Instant;
  readonly to: Instant;
  readonly total: number;
  /** Of them those that count against the red bound: failed, or slower than it. At most `total`. */
  readonly bad: number;
  /** Those that count against the green bound: of a ratio the same ones. At most `total`. */
  readonly elevated: number;
}

/** What was counted since a moment: blocks of 30 s in their order, without overlap; a gap is a time without data. */
export interface Counts {
  readonly all: readonly CountBlock[];
  /** Those of the two variants; null where the metric has no label that tells them apart. */
  readonly variants: {
    readonly treatment: readonly CountBlock[];
    readonly control: readonly CountBlock[];
  } | null;
}

/** What was counted before a change: what is usual. */
export interface CountsBefore {
  /** Blocks of 30 s, of the two hours before. */
  readonly blocks: readonly CountBlock[];
  /** The sum of the 24 hours before; null where there is none. */
  readonly day: Omit<CountBlock, "from" | "to"> | null;
}
