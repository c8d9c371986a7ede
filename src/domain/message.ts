import type { FlagChange } from "./flag.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** Something people must learn. It is stored with the state that it tells of, and delivered later. */
export interface Message {
  /** Messages of one rollback are delivered in their order. */
  readonly rollback: string;
  readonly kind: "rolled_back" | "escalated" | "ended";
  readonly at: Instant;
  readonly tier: TierName;
  readonly alert: string;
  readonly flags: readonly FlagChange[];
  /** The on-call engineer is to be paged, whatever the routes say. */
  readonly page: boolean;
}
