import type { EventRollout } from "./event.ts";
import type { FlagChange } from "./flag.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

export type MessageKind =
  | "rolled_back"
  | "escalated"
  | "verified"
  | "unverified"
  | "acknowledged"
  | "storm_breaker"
  | "unrelated"
  | "cooldown"
  | "ended"
  | "deployed"
  | "promoted"
  | "held"
  | "blind"
  | "seeing_again"
  | "paused"
  | "resumed"
  | "aborted"
  | "completed"
  | "failed"
  | "flags_changed";

/** Something people must learn. It is stored with the state that it tells of, and delivered later. */
export interface Message {
  /** The rollback or the rollout that it tells of: messages of one subject are delivered in their order. */
  readonly subject: string;
  readonly kind: MessageKind;
  readonly at: Instant;
  readonly tier: TierName | null;
  /** The name of the alert that caused it; null when none did. */
  readonly alert: string | null;
  readonly flags: readonly FlagChange[];
  readonly rollout: EventRollout | null;
  /** Why, in words. */
  readonly detail: string | null;
  /** The on-call engineer is to be paged, whatever the routes say. */
  readonly page: boolean;
}
