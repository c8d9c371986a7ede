/**
 * The text that is hashed, as `domain/bucket.ts` has it: so the same people get the flag from us and from flagd, wherever
 * flagd hashes the UTF-8 of a text with murmur3_x86_32. What it takes where nothing is said has no colon, and other people.
 */
const SPLIT_BY = { cat: [{ var: "$flagd.flagKey" }, ":", { var: "targetingKey" }] };

/** Or everybody without a targeting key would be one user, of the name "", on one of the two sides. */
const HAS_TARGETING_KEY = { var: "targetingKey" };

/**
 * The end of an `if`: a percentage of those who have a targeting key, and nobody else.
 * @param percentage above 0 and below 100, with at most two decimals
 */
export function splitOf(percentage: number): readonly unknown[] {
  // Weights are whole numbers. Both sums put the border where 10,000 buckets do.
  const whole = Number.isInteger(percentage) ? 100 : 10_000;
  const on = Math.round((percentage * whole) / 100);
  const fractional = [SPLIT_BY, ["on", on], ["off", whole - on]];
  return [HAS_TARGETING_KEY, { fractional }, "off"];
}

const READ_AS_OURS = new Set(
  [
    HAS_TARGETING_KEY,
    SPLIT_BY,
    // flagd's own way where nothing is said.
    { cat: [{ var: "$flagd.flagKey" }, { var: "targetingKey" }] },
  ].map((rule) => JSON.stringify(rule)),
);

/** Whether a `fractional` splits by the targeting key, and nothing else but the flag's. */
export function splitsByTargetingKey(rule: unknown): boolean {
  return READ_AS_OURS.has(JSON.stringify(rule));
}

/** The `fractional` of an `if` as we write it; undefined: it is another one. */
export function fractionalIn(rule: unknown): unknown {
  if (!Array.isArray(rule) || rule.length !== 3) return undefined;
  const [condition, split, otherwise] = rule as unknown[];
  if (JSON.stringify(condition) !== JSON.stringify(HAS_TARGETING_KEY) || otherwise !== "off")
    return undefined;
  const [operator, ...others] = Object.keys(Object(split));
  return operator === "fractional" && others.length === 0
    ? (split as { readonly fractional: unknown }).fractional
    : undefined;
}
