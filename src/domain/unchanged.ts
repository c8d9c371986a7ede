import type { Reason } from "./reason.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** Decisions of one kind that changed nothing, since the last event: counted, so that repeats make no ledger grow. */
export interface Unchanged {
  /** The alert's name; `others` for those of too many names. */
  readonly alert: string;
  /** Why not more: `duplicate`, `cooldown`, `no_trigger` … */
  readonly reason: Reason;
  readonly tier: TierName | null;
  /** The rollback that was open. */
  readonly rollback: string | null;
  readonly times: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

/** Names come from outside: of more kinds than this, the further ones are counted together. */
export const MAX_KINDS = 100;
const OTHERS = "others";

/** Adds counts up, in the order in which each kind came first. */
export function addUp(known: readonly Unchanged[], more: readonly Unchanged[]): Unchanged[] {
  const kinds = new Map(known.map((one) => [kindOf(one), one]));
  for (const one of more) {
    const isTooMany = kinds.size >= MAX_KINDS && !kinds.has(kindOf(one));
    const counted = isTooMany ? { ...one, alert: OTHERS, tier: null, rollback: null } : one;
    const before = kinds.get(kindOf(counted));
    kinds.set(kindOf(counted), before === undefined ? counted : together(before, counted));
  }
  return [...kinds.values()];
}

function together(one: Unchanged, other: Unchanged): Unchanged {
  return {
    ...one,
    times: one.times + other.times,
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
  };
}

function kindOf({ alert, reason, tier, rollback }: Unchanged): string {
  return JSON.stringify([alert, reason, tier, rollback]);
}
