import { type Half, limitHalves } from "../../src/domain/generate/score-expression.ts";

/**
 * The generated trigger, evaluated as Prometheus does: a scrape every 5 s, `increase()` over the samples in the window with
 * its extrapolation, an evaluation every 15 s, and `for`.
 */
const SCRAPE = 5;
const EVALUATE = 15;

/** Requests of a window, as `increase()` counts them. */
export interface Increase {
  readonly total: number;
  readonly bad: number;
}

const KEPT = 64;

const MINUTE = 60_000;

/** What `increase()` makes of the samples of a window when all requests came between them. */
function extrapolation(window: number): number {
  return window / (window - SCRAPE * 1_000);
}

/** The generated expression, by the numbers that it is written from: the tests hold one against the other. */
export function isBeyond(halves: readonly Half[], increase: (window: number) => Increase): boolean {
  return halves.some(({ limit, window, deviations, floor, still }) => {
    if (still !== null) {
      const lately = increase(still.window);
      if (!(lately.bad >= mostOf(limit, still.deviations, lately))) return false;
    }
    const counted = increase(window);
    return counted.bad >= floor * extrapolation(window) && counted.bad > mostOf(limit, deviations, counted);
  });
}

function mostOf(limit: number, deviations: number, { total }: Increase): number {
  return limit * total + deviations * Math.sqrt(limit * (1 - limit) * total);
}

/** Which rule is evaluated: the generated one, or the one of before, `error_rate > limit` over one minute. */
export type TriggerRule = "score" | "ratio";

export class Trigger {
  readonly #limit: number;
  readonly #halves: readonly Half[];
  readonly #rule: TriggerRule;
  readonly #holds: readonly number[];
  readonly #total = new Float64Array(KEPT);
  readonly #bad = new Float64Array(KEPT);
  #scrapes = 0;
  #pendingSince = -1;
  #begunAt = 0;
  /** By `for`: whether it fires now. */
  readonly #firing: boolean[];
  /** By `for`: how often it began to fire. */
  readonly firings: number[];
  /** By `for`: the second of its first firing; -1: never. */
  readonly firstFiring: number[];

  /**
   * @param limit share of failed requests
   * @param holds `for`, in seconds: one or several, told apart by their place
   */
  constructor(limit: number, holds: readonly number[], rule: TriggerRule = "score") {
    this.#limit = limit;
    this.#halves = limitHalves(limit);
    this.#rule = rule;
    this.#holds = holds;
    this.#firing = holds.map(() => false);
    this.firings = holds.map(() => 0);
    this.firstFiring = holds.map(() => -1);
  }

  /** What fired until now is forgotten, and time begins: what the windows hold stays. */
  begin(): void {
    this.#begunAt = this.#scrapes * SCRAPE;
    this.firings.fill(0);
    this.firstFiring.fill(-1);
  }

  /** One scrape, 5 s after the one before. */
  scrape(total: number, bad: number): void {
    const at = this.#scrapes % KEPT;
    const next = (this.#scrapes + 1) % KEPT;
    this.#total[next] = (this.#total[at] ?? 0) + total;
    this.#bad[next] = (this.#bad[at] ?? 0) + bad;
    this.#scrapes += 1;
    if ((this.#scrapes * SCRAPE) % EVALUATE === 0) this.#evaluate();
  }

  #evaluate(): void {
    const now = this.#scrapes * SCRAPE;
    const isTrue =
      this.#rule === "score"
        ? isBeyond(this.#halves, (window) => this.#increase(window))
        : this.#isRatioAbove();
    if (!isTrue) {
      this.#pendingSince = -1;
      this.#firing.fill(false);
      return;
    }
    if (this.#pendingSince < 0) this.#pendingSince = now;
    for (const [place, hold] of this.#holds.entries()) {
      if (this.#firing[place] || now - this.#pendingSince < hold) continue;
      this.#firing[place] = true;
      this.firings[place] = (this.firings[place] ?? 0) + 1;
      if ((this.firstFiring[place] ?? 0) < 0) this.firstFiring[place] = now - this.#begunAt;
    }
  }

  #isRatioAbove(): boolean {
    const { total, bad } = this.#increase(MINUTE);
    return total > 0 && bad / total > this.#limit;
  }

  #increase(window: number): Increase {
    // Between the samples of a window there is one step less than there are samples.
    const steps = Math.min(window / (SCRAPE * 1_000) - 1, this.#scrapes);
    const now = this.#scrapes % KEPT;
    const then = (this.#scrapes - steps + KEPT) % KEPT;
    return {
      total: ((this.#total[now] ?? 0) - (this.#total[then] ?? 0)) * extrapolation(window),
      bad: ((this.#bad[now] ?? 0) - (this.#bad[then] ?? 0)) * extrapolation(window),
    };
  }
}
