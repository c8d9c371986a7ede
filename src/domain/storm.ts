import type { Policy } from "./policy.ts";
import type { PastRollback, Rollback } from "./rollback.ts";
import { isMoreSevere, TIER_NAMES, type TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

/** The breaker is open: rollbacks come too often to help. */
export interface Storm {
  readonly since: Instant;
  /** When enough of the rollbacks that opened it are long ago. */
  readonly until: Instant;
  /** Triggers that it has kept from acting; each is told once. */
  readonly triggers: readonly string[];
}

/**
 * Whether the next rollback of that tier would be one too many. Only a tier that is more severe than all of the recent
 * ones is still let through: it does something that has not been tried.
 * @returns until when it would be; null when it may act
 */
export function stormAgainst(
  past: readonly PastRollback[],
  tier: TierName,
  { rollbacks: { stormBreaker } }: Policy,
  now: Instant,
): Instant | null {
  const recent = past.filter(({ startedAt }) => startedAt > now - stormBreaker.within);
  const nth = recent.at(-stormBreaker.rollbacks);
  if (nth === undefined || isMoreSevere(tier, mostSevere(recent))) return null;
  return nth.startedAt + stormBreaker.within;
}

/** Until when that trigger begins no other rollback; null when it may. */
export function cooldownOf(
  past: readonly PastRollback[],
  trigger: string,
  { rollbacks: { cooldown } }: Policy,
  now: Instant,
): Instant | null {
  const last = past.findLast((rollback) => rollback.trigger === trigger);
  if (last === undefined || now >= last.endedAt + cooldown) return null;
  return last.endedAt + cooldown;
}

function mostSevere(rollbacks: readonly Rollback[]): TierName {
  return rollbacks.reduce<TierName>(
    (most, { tier }) => (isMoreSevere(tier, most) ? tier : most),
    TIER_NAMES[0],
  );
}
