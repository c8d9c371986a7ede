import {
  type FlagChange,
  type FlagSetting,
  OFF,
  type Settings,
  sameSetting,
  withDescendants,
} from "./flag.ts";
import type { Policy } from "./policy.ts";
import { TIER_NAMES, type TierName, type TierPolicy } from "./tier.ts";

/** What a trigger or an operator asks for. */
export interface TierRequest {
  readonly tier: TierName;
  /** Flags to turn off by name, with their children. */
  readonly flags: readonly string[];
  /** What the flags were when the previous stage was promoted; null when no stage was. */
  readonly snapshot: Settings | null;
}

type Planned = Map<string, FlagSetting>;

/**
 * What a tier would change, in the policy's order of flags; empty when there is nothing left to turn down.
 *
 * A tier does what every milder tier does and more, and takes the minimum of now and then: so a rollback never
 * raises exposure, and a more severe one never leaves more of it, whatever the policy says.
 */
export function planTier(request: TierRequest, settings: Settings, policy: Policy): FlagChange[] {
  const planned: Planned = new Map(settings);
  const lower = (key: string, to: FlagSetting): void => {
    const flag = policy.flags.get(key);
    const now = planned.get(key);
    if (now === undefined || flag?.kind !== "release" || flag.protected) return;
    planned.set(key, minimum(now, to));
  };

  for (const key of withDescendants(request.flags, policy.flags)) lower(key, OFF);
  for (const tier of tiersUpTo(request)) {
    if (tier === "stage") for (const [key, then] of request.snapshot ?? []) lower(key, then);
    turnDown(policy.tiers[tier], policy, lower);
    if (policy.tiers[tier].killSwitch) engageKillSwitch(policy, planned);
  }
  return changesBetween(settings, planned);
}

/** With no stage to return to, `stage` acts as `phase`. */
function tiersUpTo({ tier, snapshot }: TierRequest): readonly TierName[] {
  const last = tier === "stage" && snapshot === null ? "phase" : tier;
  return TIER_NAMES.slice(0, TIER_NAMES.indexOf(last) + 1);
}

function turnDown(tier: TierPolicy, policy: Policy, lower: (key: string, to: FlagSetting) => void): void {
  for (const flag of policy.flags.values()) {
    if (flag.phase !== null && tier.phases.includes(flag.phase)) lower(flag.key, OFF);
  }
  for (const key of tier.flags) lower(key, OFF);
  const cap = tier.trafficCap;
  if (cap !== null) lower(policy.application.trafficFlag, { enabled: cap > 0, rolloutPercentage: cap });
}

function engageKillSwitch(policy: Policy, planned: Planned): void {
  for (const flag of policy.flags.values()) {
    if (flag.kind === "kill-switch") planned.set(flag.key, { enabled: true, rolloutPercentage: 100 });
  }
}

function changesBetween(before: Settings, after: Settings): FlagChange[] {
  const changes: FlagChange[] = [];
  for (const [flag, setting] of before) {
    const next = after.get(flag);
    if (next !== undefined && !sameSetting(setting, next))
      changes.push({ flag, before: setting, after: next });
  }
  return changes;
}

/** A flag that is off already stays as it is: its percentage reaches nobody. */
function minimum(now: FlagSetting, then: FlagSetting): FlagSetting {
  if (!now.enabled) return now;
  if (!then.enabled) return OFF;
  return { enabled: true, rolloutPercentage: Math.min(now.rolloutPercentage, then.rolloutPercentage) };
}
