import { CountReader } from "../../src/app/gather-counts/count-reader.ts";
import { type GatheredCounts, gatherCounts } from "../../src/app/gather-counts.ts";
import type { RawAnswer, RawSelector, RawSeries, RawSource, RawWindow } from "../../src/app/ports.ts";
import type { CountBlock } from "../../src/domain/counts.ts";
import type { Counted, GateCriterion } from "../../src/domain/gate.ts";
import { criterionOf } from "../support/policies.ts";

/** The end of a block of 30 s. */
export const START = Date.parse("2026-11-20T12:00:00Z");
const SCRAPE = { interval: 15_000 };
export const TOTAL = "requests_total";
export const BAD = "errors_total";

/** Seconds since the start, and the counter's value then. */
export type Scrapes = readonly (readonly [second: number, value: number])[];

export function series(labels: Record<string, string>, scrapes: Scrapes): RawSeries {
  const samples = scrapes.map(([second, value]) => ({ at: START + second * 1_000, value }));
  return { labels: { job: "shop", instance: "a", ...labels }, samples, histograms: [] };
}

/** A scrape every 15 s from a second on, with what is counted by then. */
export function steady(from: number, values: readonly number[], every = 15): Scrapes {
  return values.map((value, index) => [from + index * every, value]);
}

/** A Prometheus that has scraped some series, and knows them by the selector that asks for them. */
export class Scraped implements RawSource {
  readonly questions: (readonly RawSelector[])[] = [];
  readonly #found: (selector: string) => readonly RawSeries[];

  constructor(
    found: Readonly<Record<string, readonly RawSeries[]>> | ((selector: string) => readonly RawSeries[]),
  ) {
    this.#found = typeof found === "function" ? found : (selector) => found[selector] ?? [];
  }

  async rawSamples(
    selectors: readonly RawSelector[],
    { to, back }: RawWindow,
  ): Promise<readonly RawAnswer[]> {
    this.questions.push(selectors);
    const isWithin = ({ at }: { at: number }) => at > to - back && at <= to;
    return selectors.map(({ selector }) => ({
      series: this.#found(selector)
        .map(({ labels, samples, histograms }) => ({
          labels,
          samples: samples.filter(isWithin),
          histograms: histograms.filter(isWithin),
        }))
        .filter(({ samples, histograms }) => samples.length + histograms.length > 0),
      warnings: [],
    }));
  }
}

const RATIO: Counted = {
  counts: { kind: "ratio", bad: BAD, total: TOTAL },
  judge: "sequential",
  minimum: 0,
  compare: null,
  yellow: "as-before",
};

export function ratio(counted: Partial<Counted> = {}): GateCriterion {
  return { ...criterionOf("error_rate", "< 0.1", "> 1"), counted: { ...RATIO, ...counted } };
}

export const BY = { label: "variant", treatment: "on", control: "off" };

interface Look {
  readonly from?: number;
  readonly now: number;
  readonly criteria?: readonly GateCriterion[];
}

/** Times in seconds since the start. */
export function look(
  source: RawSource | CountReader,
  { from = 0, now, criteria = [ratio()] }: Look,
): Promise<GatheredCounts> {
  return gatherCounts(source instanceof CountReader ? source : new CountReader(source), {
    criteria,
    from: () => START + from * 1_000,
    now: START + now * 1_000,
    scrape: SCRAPE,
  });
}

/** `from–to total bad elevated`, in seconds since the start. */
export function told(blocks: readonly CountBlock[] | undefined): string[] {
  const seconds = (time: number): number => (time - START) / 1_000;
  return (blocks ?? []).map(
    ({ from, to, total, bad, elevated }) => `${seconds(from)}–${seconds(to)}: ${total} ${bad} ${elevated}`,
  );
}

export function whyOf({ trouble }: GatheredCounts): string[] {
  return trouble.map(({ why }) => why);
}
