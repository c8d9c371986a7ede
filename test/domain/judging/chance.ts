/** Chance that comes out the same every time. */
export interface Chance {
  /** 0 … 1, evenly. */
  next(): number;
  /** How many of so many happen, each with this probability. */
  binomial(count: number, probability: number): number;
}

/** @param seed any whole number; numbers come from Marsaglia's xorshift of 32 bits */
export function seeded(seed: number): Chance {
  let state = (seed * 2654435761) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const binomial = (count: number, probability: number): number => {
    const spread = Math.sqrt(count * probability * (1 - probability));
    return spread > 5 ? Math.round(count * probability + spread * normal()) : geometric(count, probability);
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  /** By the gaps between them: exact, and fast where they are rare. */
  const geometric = (count: number, probability: number): number => {
    if (probability > 0.5) return count - geometric(count, 1 - probability);
    let happened = 0;
    for (let at = gap(probability); at < count; at += 1 + gap(probability)) happened += 1;
    return happened;
  };
  const gap = (probability: number): number => Math.floor(Math.log(1 - next()) / Math.log1p(-probability));
  return { next, binomial };
}
