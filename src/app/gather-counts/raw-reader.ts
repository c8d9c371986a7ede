import type { Duration, Instant } from "../../domain/time.ts";
import type { RawAnswer, RawSelector, RawSource, RawWindow } from "../ports.ts";

/** What was asked for within so many windows is asked for again with the next one. */
const KEPT_FOR = 2;

interface Standing {
  readonly selector: RawSelector;
  /** The end of the newest window for which somebody asked. */
  to: Instant;
}

interface Reading {
  readonly to: Instant;
  readonly answers: Map<string, Promise<RawAnswer>>;
}

interface Batch {
  readonly window: RawWindow;
  readonly asked: Map<string, RawSelector>;
  readonly answers: Promise<ReadonlyMap<string, RawAnswer>>;
}

/**
 * Reads samples for many who look at different moments at the same windows. Whoever comes first asks for all that was
 * asked for lately, and the others find their answer here: a thousand applications are a few questions a window. What is
 * asked for in the same turn is one question anyway.
 */
export class RawReader {
  readonly #source: RawSource;
  /** By length of window, since only equal windows have equal answers. */
  readonly #standing = new Map<Duration, Map<string, Standing>>();
  readonly #readings = new Map<Duration, Reading>();
  readonly #batches = new Map<string, Batch>();

  constructor(source: RawSource) {
    this.#source = source;
  }

  /** What everybody asks for again and again, window after window. */
  regularly(selectors: readonly RawSelector[], window: RawWindow): Promise<readonly RawAnswer[]> {
    const reading = this.#readingOf(window, selectors);
    return Promise.all(
      selectors.map((selector) => {
        const key = keyOf(selector);
        const found = reading.answers.get(key) ?? this.#keep(reading, this.#ask(selector, window), key);
        return found;
      }),
    );
  }

  /** What is asked for this once. */
  once(selectors: readonly RawSelector[], window: RawWindow): Promise<readonly RawAnswer[]> {
    return Promise.all(selectors.map((selector) => this.#ask(selector, window)));
  }

  /** Begins a new one, with all that is standing, where the window has moved on. */
  #readingOf(window: RawWindow, selectors: readonly RawSelector[]): Reading {
    const { to, back } = window;
    const standing = this.#standing.get(back) ?? new Map<string, Standing>();
    this.#standing.set(back, standing);
    const known = this.#readings.get(back);
    // Who looks at a window that is past asks for it alone.
    if (known !== undefined && known.to > to) return { to, answers: new Map() };
    for (const selector of selectors) standing.set(keyOf(selector), { selector, to });
    if (known?.to === to) return known;
    const reading: Reading = { to, answers: new Map() };
    this.#readings.set(back, reading);
    const oldest = to - KEPT_FOR * (to - (known?.to ?? to));
    for (const [key, each] of standing) {
      if (each.to < oldest) standing.delete(key);
      else void this.#keep(reading, this.#ask(each.selector, window), key);
    }
    return reading;
  }

  /** A failure is nobody else's: the next one asks again. */
  #keep({ answers }: Reading, answer: Promise<RawAnswer>, key: string): Promise<RawAnswer> {
    answers.set(key, answer);
    void answer.then((got) => {
      if ("failure" in got) answers.delete(key);
    });
    return answer;
  }

  async #ask(selector: RawSelector, window: RawWindow): Promise<RawAnswer> {
    const key = keyOf(selector);
    const batch = this.#batchFor(window);
    batch.asked.set(key, selector);
    return (await batch.answers).get(key) ?? { failure: "nothing was answered" };
  }

  #batchFor(window: RawWindow): Batch {
    const id = `${window.to} ${window.back}`;
    const open = this.#batches.get(id);
    if (open !== undefined) return open;
    const asked = new Map<string, RawSelector>();
    const answers = new Promise((turn) => setImmediate(turn)).then(async () => {
      this.#batches.delete(id);
      const got = await this.#source.rawSamples([...asked.values()], window);
      return new Map([...asked.keys()].map((key, index) => [key, got[index] as RawAnswer]));
    });
    const batch: Batch = { window, asked, answers };
    this.#batches.set(id, batch);
    return batch;
  }
}

export function keyOf({ selector, buckets }: RawSelector): string {
  return buckets === undefined ? selector : `${selector} ${String(buckets)}`;
}
