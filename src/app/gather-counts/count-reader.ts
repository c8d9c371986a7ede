import type { Instant } from "../../domain/time.ts";
import type { RawSource } from "../ports.ts";
import type { Point } from "./counter-track.ts";
import { RawReader } from "./raw-reader.ts";

/** Ends of blocks whose marks are kept: a look may be late, or be somebody else's. */
const MARKS_KEPT = 4;

/** Reads counters for everybody, and remembers up to where it has counted each of them. */
export class CountReader {
  readonly raw: RawReader;
  readonly marks = new Marks();

  constructor(source: RawSource) {
    this.raw = new RawReader(source);
  }
}

/** Two replicas behind one address scrape at different moments: only the counter's own value tells what was counted. */
class Marks {
  readonly #byEnd = new Map<Instant, Map<string, Point>>();

  at(end: Instant, counter: string): Point | undefined {
    return this.#byEnd.get(end)?.get(counter);
  }

  set(end: Instant, counter: string, mark: Point): void {
    const marks = this.#byEnd.get(end) ?? new Map<string, Point>();
    this.#byEnd.set(end, marks);
    marks.set(counter, mark);
    if (this.#byEnd.size <= MARKS_KEPT) return;
    this.#byEnd.delete(Math.min(...this.#byEnd.keys()));
  }
}
