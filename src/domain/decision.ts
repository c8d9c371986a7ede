import type { EventBody } from "./event.ts";
import type { Message } from "./message.ts";
import type { Reason } from "./reason.ts";
import type { StateChange } from "./state.ts";
import type { TierName } from "./tier.ts";

/**
 * What would be done, as plain data: nothing has happened yet. Without events nothing changes but what was noted
 * (`isNote`).
 */
export interface Decision {
  /** Null: there was nothing to decide. */
  readonly reason: Reason | null;
  readonly tier: TierName | null;
  /** The rollback that the command began, joined or ended. */
  readonly rollback: string | null;
  readonly changes: readonly StateChange[];
  readonly events: readonly EventBody[];
  readonly messages: readonly Message[];
  /** Why, in words; always there when it was refused. */
  readonly detail: string | null;
  /** In words: it was done as asked, and is not felt as asked, since an environment override masks it. */
  readonly warning?: string;
  /**
   * Nothing is decided yet: it is to be asked whether the alert fires, or whether its target answers and cannot be read, and to
   * be decided again with the answer.
   */
  readonly asks?: true | "unread";
}

/** A decision that changes nothing. */
export function leave(
  reason: Reason,
  tier: TierName | null = null,
  rollback: string | null = null,
): Decision {
  return { reason, tier, rollback, changes: [], events: [], messages: [], detail: null };
}

/** An operator's command that cannot be done now; `detail` tells why, and what to do instead. */
export function refuse(detail: string): Decision {
  return { ...leave("refused"), detail };
}

/** Nothing is decided; what was seen is noted. */
export function note(...changes: readonly StateChange[]): Decision {
  return { reason: null, tier: null, rollback: null, changes, events: [], messages: [], detail: null };
}

/** A decision that an override masks. `detail` stays what it was decided for; the ledger and people get both in one. */
export function masked(decision: Decision, mask: string | null): Decision {
  if (mask === null) return decision;
  const withMask = <T extends { readonly detail: string | null }>(told: T): T => ({
    ...told,
    detail: [told.detail, mask].filter((text) => text !== null).join("; but "),
  });
  const { events, messages } = decision;
  return { ...decision, warning: mask, events: events.map(withMask), messages: messages.map(withMask) };
}

/** What an event tells, done. */
export function decided(
  event: EventBody,
  changes: readonly StateChange[],
  messages: readonly Message[],
): Decision {
  const { reason, tier, rollback, detail } = event;
  return { reason, tier, rollback, changes, events: [event], messages, detail };
}
