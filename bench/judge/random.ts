/**
 * Numbers of chance from a seed: xoshiro128** and exact draws from the distributions that the corpus needs, each in tens of
 * nanoseconds (inversion where few are expected, Hörmann's transformed rejection where many are).
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** Streams of one seed are independent of each other. */
  constructor(seed: number, stream = 0) {
    let mixed = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) >>> 0;
    const split = (): number => {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    [this.#a, this.#b, this.#c, this.#d] = [split(), split(), split(), split() | 1];
  }

  /** From 0 (never 0 itself) up to 1. */
  uniform(): number {
    const five = Math.imul(this.#b, 5);
    const drawn = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return (drawn + 0.5) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Each order of magnitude is as likely as the next. */
  logBetween(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)));
  }

  /** A whole number from 0 up to, and without, `count`. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  poisson(mean: number): number {
    if (!(mean > 0)) return 0;
    return mean < 10 ? this.#fewPoisson(mean) : this.#manyPoisson(mean);
  }

  binomial(count: number, share: number): number {
    if (!(count > 0 && share > 0)) return 0;
    if (share >= 1) return count;
    if (share > 0.5) return count - this.binomial(count, 1 - share);
    return count * share < 10 ? this.#fewBinomial(count, share) : this.#manyBinomial(count, share);
  }

  /** By its mean and its intraclass correlation; `scatter` 0 is the mean itself. */
  beta(mean: number, scatter: number): number {
    if (scatter <= 0 || mean <= 0) return mean;
    if (mean >= 1) return 1;
    const weight = 1 / scatter - 1;
    const [a, b] = [this.gamma(mean * weight), this.gamma((1 - mean) * weight)];
    return a + b > 0 ? a / (a + b) : 0;
  }

  /** Marsaglia and Tsang, scale 1. */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  #fewPoisson(mean: number): number {
    let chance = Math.exp(-mean);
    let left = this.uniform();
    let drawn = 0;
    while (left > chance && drawn < 200) {
      left -= chance;
      drawn += 1;
      chance *= mean / drawn;
    }
    return drawn;
  }

  /** Hörmann 1993, PTRS. */
  #manyPoisson(mean: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverse = 1.1239 + 1.1328 / (b - 3.4);
    const quick = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= quick) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      const accepted = Math.log((v * inverse) / (a / (us * us) + b));
      if (accepted <= k * Math.log(mean) - mean - logFactorial(k)) return k;
    }
  }

  #fewBinomial(count: number, share: number): number {
    const odds = share / (1 - share);
    let chance = Math.exp(count * Math.log1p(-share));
    let left = this.uniform();
    let drawn = 0;
    while (left > chance && drawn < count) {
      left -= chance;
      drawn += 1;
      chance *= (odds * (count - drawn + 1)) / drawn;
    }
    return drawn;
  }

  /** Hörmann 1993, BTRS. */
  #manyBinomial(count: number, share: number): number {
    const deviation = Math.sqrt(count * share * (1 - share));
    const b = 1.15 + 2.53 * deviation;
    const a = -0.0873 + 0.0248 * b + 0.01 * share;
    const c = count * share + 0.5;
    const quick = 0.92 - 4.2 / b;
    const alpha = (2.83 + 5.1 / b) * deviation;
    const mode = Math.floor((count + 1) * share);
    const ratio = Math.log(share / (1 - share));
    const atMode = logFactorial(mode) + logFactorial(count - mode);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + c);
      if (k < 0 || k > count) continue;
      if (us >= 0.07 && v <= quick) return k;
      const accepted = Math.log((v * alpha) / (a / (us * us) + b));
      if (accepted <= atMode - logFactorial(k) - logFactorial(count - k) + (k - mode) * ratio) return k;
    }
  }
}

const FACTORIALS = Array.from({ length: 128 }, () => 0);
for (let n = 2; n < FACTORIALS.length; n++) FACTORIALS[n] = (FACTORIALS[n - 1] ?? 0) + Math.log(n);

/** ln n!, exact to the last digits: from a table, or by Stirling's series. */
function logFactorial(n: number): number {
  const known = FACTORIALS[n];
  if (known !== undefined) return known;
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + 1 / (12 * x) - 1 / (360 * x ** 3);
}
