import type { EventBody } from "./event.ts";
import type { Message } from "./message.ts";
import type { Reason } from "./reason.ts";
import type { StateChange } from "./state.ts";
import type { TierName } from "./tier.ts";

/** What would be done, as plain data: nothing has happened yet. No events means that nothing changes. */
export interface Decision {
  readonly reason: Reason;
  readonly tier: TierName | null;
  /** The rollback that the command began, joined or ended. */
  readonly rollback: string | null;
  readonly changes: readonly StateChange[];
  readonly events: readonly EventBody[];
  readonly messages: readonly Message[];
}

/** A decision that changes nothing. */
export function leave(
  reason: Reason,
  tier: TierName | null = null,
  rollback: string | null = null,
): Decision {
  return { reason, tier, rollback, changes: [], events: [], messages: [] };
}
