import type { Settings } from "./flag.ts";
import type { Rollout } from "./rollout.ts";
import type { Instant } from "./time.ts";

/** What stood before a deploy, saved in the commit that deployed. */
export interface Backup {
  readonly takenAt: Instant;
  /** The revision that it is the backup of. */
  readonly revision: number;
  readonly settings: Settings;
  readonly rollout: Rollout | null;
}
