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
 * Whether the next rollback of that tier would be one too many. Only those count that turned something down, and only a
 * tier that is more severe than all of the recent ones is still let through: it does something that has not been tried.
 * @returns until when it would be; null when it may act
 */
export function stormAgainst(
  past: readonly PastRollback[],
  tier: TierName,
  policy: Policy,
  now: Instant,
): Instant | null {
  const { rollbacks, within } = policy.rollbacks.stormBreaker;
  const recent = recentOf(past, policy, now);
  const nth = recent.at(-rollbacks);
  if (nth === undefined || isMoreSevere(tier, mostSevere(recent))) return null;
  return nth.startedAt + within;
}

/** When the first of them had ended. */
export function stormSince(past: readonly PastRollback[], policy: Policy, now: Instant): Instant {
  return Math.min(...recentOf(past, policy, now).map(({ endedAt }) => endedAt));
}

function recentOf(
  past: readonly PastRollback[],
  { rollbacks: { stormBreaker } }: Policy,
  now: Instant,
): readonly PastRollback[] {
  const since = now - stormBreaker.within;
  return past.filter(({ withoutEffect, startedAt }) => withoutEffect !== true && startedAt > since);
}

/** Until when that trigger begins no other rollback; null when it may. */
export function cooldownOf(
  past: readonly PastRollback[],
  trigger: string,
  { rollbacks: { cooldown } }: Policy,
  now: Instant,
): Instant | null {
  const until = cooldownSince(past, trigger) + cooldown;
  return now >= until ? null : until;
}

/** When the last one of that trigger had ended; long ago when there was none. */
export function cooldownSince(past: readonly PastRollback[], trigger: string): Instant {
  return past.findLast((one) => one.trigger === trigger)?.endedAt ?? Number.NEGATIVE_INFINITY;
}

/** Whether people know of it: one of that trigger that was no milder was over not long ago. */
export function isToldLately(
  past: readonly PastRollback[],
  { trigger, tier }: Rollback,
  { rollbacks: { stormBreaker } }: Policy,
  now: Instant,
): boolean {
  const since = now - stormBreaker.within;
  return past.some((one) => one.trigger === trigger && one.endedAt > since && !isMoreSevere(tier, one.tier));
}

function mostSevere(rollbacks: readonly Rollback[]): TierName {
  return rollbacks.reduce<TierName>(
    (most, { tier }) => (isMoreSevere(tier, most) ? tier : most),
    TIER_NAMES[0],
  );
}
