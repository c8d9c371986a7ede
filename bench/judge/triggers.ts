/**
 * The generated trigger, evaluated as Prometheus does: a scrape every 5 s, `increase()` over the samples in the window with
 * its extrapolation, an evaluation every 15 s, and `for`.
 */
const SCRAPE = 5;
const EVALUATE = 15;

interface Window {
  /** Samples within it, less one: what `increase()` sees. */
  readonly steps: number;
  /** What it multiplies that by. */
  readonly extrapolation: number;
  readonly deviations: number;
  /** Failed requests at least, before the extrapolation. */
  readonly floor: number;
}

const SHORT: Window = { steps: 11, extrapolation: 60 / 55, deviations: 5, floor: 1.5 };
const LONG: Window = { steps: 59, extrapolation: 300 / 295, deviations: 3.5, floor: 4.5 };
const KEPT = 64;

/** Which rule is evaluated: the generated one, or the one of before, `error_rate > limit` over one minute. */
export type TriggerRule = "score" | "ratio";

export class Trigger {
  readonly #limit: number;
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
    const isTrue = this.#rule === "score" ? this.#isScoreAbove() : this.#isRatioAbove();
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

  #isScoreAbove(): boolean {
    const short = this.#counted(SHORT);
    if (!(short.bad > this.#limit * short.total)) return false;
    return this.#isAbove(SHORT, short) || this.#isAbove(LONG, this.#counted(LONG));
  }

  #isRatioAbove(): boolean {
    const { total, bad } = this.#counted(SHORT);
    return total > 0 && bad / total > this.#limit;
  }

  #isAbove(
    { floor, extrapolation, deviations }: Window,
    { total, bad }: { total: number; bad: number },
  ): boolean {
    const expected = this.#limit * total;
    return (
      bad >= floor * extrapolation && bad > expected + deviations * Math.sqrt(expected * (1 - this.#limit))
    );
  }

  #counted({ steps, extrapolation }: Window): { total: number; bad: number } {
    const now = this.#scrapes % KEPT;
    const then = (this.#scrapes - Math.min(steps, this.#scrapes) + KEPT) % KEPT;
    return {
      total: ((this.#total[now] ?? 0) - (this.#total[then] ?? 0)) * extrapolation,
      bad: ((this.#bad[now] ?? 0) - (this.#bad[then] ?? 0)) * extrapolation,
    };
  }
}
