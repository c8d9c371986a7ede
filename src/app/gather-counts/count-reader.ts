import type { Instant } from "../../domain/time.ts";
import type { RawSelector } from "../ports.ts";
import type { Point } from "./counter-track.ts";
import { keyOf, RawReader } from "./raw-reader.ts";

/** Ends of blocks whose marks are kept: a look may be late, or be somebody else's. */
const MARKS_KEPT = 4;

/** Up to where each counter of some selectors was counted, by the end of a block. */
export interface Marks {
  /** Whether any of them was seen there. */
  isKnown(end: Instant): boolean;
  at(end: Instant, counter: string): Point | undefined;
  set(end: Instant, counter: string, mark: Point): void;
}

/**
 * Reads counters for everybody, and remembers up to where it has counted each of them: two replicas of Prometheus behind
 * one address scrape at different moments, and only the counter's own value tells what was counted.
 */
export class CountReader extends RawReader {
  /** By end, by selectors, by counter. */
  readonly #marks = new Map<Instant, Map<string, Map<string, Point>>>();

  marksFor(selectors: readonly RawSelector[]): Marks {
    const key = selectors.map(keyOf).join("\0");
    const known = (end: Instant) => this.#marks.get(end)?.get(key);
    return {
      isKnown: (end) => known(end) !== undefined,
      at: (end, counter) => known(end)?.get(counter),
      set: (end, counter, mark) => {
        const atEnd = this.#marks.get(end) ?? new Map<string, Map<string, Point>>();
        this.#marks.set(end, atEnd);
        const counters = atEnd.get(key) ?? new Map<string, Point>();
        atEnd.set(key, counters);
        counters.set(counter, mark);
        if (this.#marks.size > MARKS_KEPT) this.#marks.delete(Math.min(...this.#marks.keys()));
      },
    };
  }
}

/** For what is past: nobody goes on from there. */
export const NO_MARKS: Marks = { isKnown: () => false, at: () => undefined, set: () => undefined };
