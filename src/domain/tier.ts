import type { Duration } from "./time.ts";

/** From least to most severe. */
export const TIER_NAMES = ["flag", "stage", "phase", "safe-state", "emergency"] as const;

export type TierName = (typeof TIER_NAMES)[number];

/** What one tier turns down, over and above every milder tier. */
export interface TierPolicy {
  readonly name: TierName;
  /** Every flag of these phases is turned off. */
  readonly phases: readonly number[];
  /** These flags are turned off. */
  readonly flags: readonly string[];
  /** Traffic is lowered to at most this many percent; null leaves it. */
  readonly trafficCap: number | null;
  /** Engages the kill switch. */
  readonly killSwitch: boolean;
  /** Pages the on-call engineer, whether or not anything changed. */
  readonly pages: boolean;
  /** The seeds' budget for the whole rollback. */
  readonly budget: Duration;
}

export function isMoreSevere(a: TierName, b: TierName): boolean {
  return TIER_NAMES.indexOf(a) > TIER_NAMES.indexOf(b);
}
