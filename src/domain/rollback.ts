import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** A run of a tier, from the first alert until all its alerts have resolved: its episode. */
export interface Rollback {
  readonly id: string;
  readonly tier: TierName;
  /** The alert that began it. */
  readonly trigger: string;
  /** Flags that triggers asked for by name. */
  readonly flags: readonly string[];
  readonly startedAt: Instant;
  readonly escalatedAt: Instant | null;
}
