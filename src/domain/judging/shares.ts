import type { Bound, Counted, GateCriterion } from "../gate.ts";

/** A criterion's bounds as shares of requests, 0 … 1. */
export interface Shares {
  /** Null: it has no red bound. */
  readonly red: number | null;
  readonly green: number;
  /** How much worse treatment may be than control; null: it is not compared. */
  readonly margin: number | null;
}

/**
 * What a criterion's bounds mean in shares of bad requests; to be asked whenever it is judged, since an operator may deploy
 * with a red bound of his own. A quantile's bound says which requests are bad, and the quantile how many may be.
 * @returns null when no evidence can prove it, and its values are judged one by one: no counts, a limit of none or of all
 * requests (one bad request settles it, or nothing does), or bounds for which less is worse
 */
export function sharesOf({
  counted,
  green,
  red,
}: Pick<GateCriterion, "counted" | "green" | "red">): Shares | null {
  if (counted === undefined || counted.judge !== "sequential") return null;
  if (!green.comparison.startsWith("<") || (red !== null && !red.comparison.startsWith(">"))) return null;
  const shares = {
    green: shareOf(counted, green),
    red: red === null ? null : shareOf(counted, red),
    margin: counted.compare === null ? null : exact(counted.compare.margin / unitOf(counted)),
  };
  return isLimit(shares.green) && (shares.red === null || isLimit(shares.red)) ? shares : null;
}

function shareOf(counted: Counted, { value }: Bound): number {
  const { counts } = counted;
  if (counts.kind === "latency" && "quantile" in counts.of) return exact(1 - counts.of.quantile);
  return exact(value / unitOf(counted));
}

/** What all requests are in the unit of the bounds. */
function unitOf({ unit }: Counted): number {
  return unit === "ratio" ? 1 : 100;
}

function isLimit(share: number): boolean {
  return share > 0 && share < 1;
}

/** Without what binary fractions add: 1 − 0.95 is 0.05. */
function exact(share: number): number {
  return Number(share.toPrecision(12));
}
