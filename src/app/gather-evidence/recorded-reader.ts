import type { GateCriterion } from "../../domain/gate.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Duration } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import type { MetricAnswer } from "../ports.ts";
import { SharedAnswers } from "../shared-answers.ts";
import { recordedWithin } from "./freshness.ts";
import type { RecordedMetric, RecordedSource } from "./recorded-source.ts";

/** A part of an evaluation: nothing new is missed for long, and what was fresh can be told to be so still. */
const PARTS = 3;

const NOT_SEEN: MetricAnswer = { values: [], warnings: [] };

/** Reads what the rules of many applications record, in one question every few seconds. */
export class RecordedReader {
  readonly #source: RecordedSource;
  readonly #shared = new Map<Duration, SharedAnswers<RecordedMetric, MetricAnswer>>();

  readonly #now: (() => number) | undefined;

  /** @param now for whoever has a time of his own */
  constructor(source: RecordedSource, now?: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /**
   * What there is and is fresh at the end of the answer's time too, by metric. Whatever is not among it has to be asked for
   * alone, which also tells why. Never rejects.
   */
  async read(
    criteria: readonly GateCriterion[],
    { application: { name: application }, scrape }: Policy,
    deadline: Deadline,
  ): Promise<ReadonlyMap<string, MetricAnswer>> {
    const shared = this.#sharedFor(scrape.evaluationInterval, recordedWithin(scrape));
    const recorded = criteria.filter(({ expr }) => expr === null);
    const found = await Promise.all(
      recorded.map(async ({ metric }): Promise<[string, MetricAnswer][]> => {
        try {
          const ask = () => shared.get(`${application}\0${metric}`, { application, metric });
          const answer = await deadline.run("Prometheus", ask);
          return answer.values.length + (answer.nan ?? 0) > 0 ? [[metric, answer]] : [];
        } catch {
          return [];
        }
      }),
    );
    return new Map(found.flat());
  }

  #sharedFor(interval: Duration, within: Duration): SharedAnswers<RecordedMetric, MetricAnswer> {
    const known = this.#shared.get(interval);
    if (known !== undefined) return known;
    const keptFor = Math.floor(interval / PARTS);
    const shared = new SharedAnswers<RecordedMetric, MetricAnswer>(
      async (asked) => {
        // One application alone asks its plain questions, which anybody can try by hand.
        if (asked.every(({ application }) => application === asked[0]?.application))
          return asked.map(() => NOT_SEEN);
        return this.#source.recorded(asked, within - keptFor);
      },
      keptFor,
      this.#now,
    );
    this.#shared.set(interval, shared);
    return shared;
  }
}
