import { splitsByTargetingKey } from "./split.ts";

/** Something that a file says and that no flag here can be. */
export interface FlagdProblem {
  /** Keys and list indexes, from the file's root or the flag's. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Variants = Readonly<Record<string, boolean>>;
type Path = FlagdProblem["path"];

/** What flagd takes; with more it gives everybody the default. */
const MAX_WEIGHT = 2_147_483_647;

/**
 * Percent of users to whom a `fractional` gives true.
 * @param path where it stands in the flag
 */
export function shareOfSplit(fractional: unknown, variants: Variants, path: Path): number | FlagdProblem {
  if (!Array.isArray(fractional)) return { path, message: "expected a list such as [[on, 25], [off, 75]]" };
  const [first] = fractional;
  const splitsBy = first === undefined || Array.isArray(first) ? null : first;
  if (splitsBy !== null && !splitsByTargetingKey(splitsBy))
    return { path: [...path, 0], message: "it splits by something else than the targeting key" };
  const skipped = splitsBy === null ? 0 : 1;
  let on = 0;
  let all = 0;
  for (const [index, bucket] of fractional.slice(skipped).entries()) {
    const read = readBucket(bucket, variants);
    if (typeof read === "string") return { path: [...path, index + skipped], message: read };
    all += read.weight;
    if (read.value) on += read.weight;
  }
  if (all === 0 || all > MAX_WEIGHT)
    return { path, message: `the weights add up to ${all}: expected 1 to ${MAX_WEIGHT}` };
  const share = Number(((on * 100) / all).toFixed(2));
  // As the weights say it, without what a division leaves behind.
  if (Math.abs(share * all - on * 100) > all * 1e-9)
    return {
      path,
      message: `${on} of ${all} is no percentage with at most two decimals: let the weights add up to 100`,
    };
  return share;
}

interface Bucket {
  readonly value: boolean;
  readonly weight: number;
}

/** The bucket, or in words what is wrong with it. */
function readBucket(bucket: unknown, variants: Variants): Bucket | string {
  if (!Array.isArray(bucket) || bucket.length === 0 || bucket.length > 2)
    return "expected a variant and its weight, such as [on, 25]";
  const [variant, weight = 1] = bucket as unknown[];
  const name = typeof variant === "boolean" ? String(variant) : variant;
  if (typeof name !== "string") return "expected the name of a variant: rules are not read";
  const value = Object.hasOwn(variants, name) ? variants[name] : undefined;
  if (value === undefined) return `"${name}" is none of the variants`;
  if (typeof weight !== "number" || !Number.isInteger(weight) || weight < 0)
    return "expected a whole number as weight: rules are not read";
  return { value, weight };
}
