import { settingsOf } from "./flag.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import type { Rollback } from "./rollback.ts";
import type { ApplicationState } from "./state.ts";
import { TIER_NAMES, type TierName } from "./tier.ts";

/**
 * The tier to try when this one did not help: the next one that turns anything down, else the most severe one, which
 * at least calls people.
 * @returns null when the most severe one was tried
 */
export function nextTier(
  state: ApplicationState,
  { tier, flags }: Pick<Rollback, "tier" | "flags">,
  policy: Policy,
): TierName | null {
  const settings = settingsOf(policy.flags, state.flags);
  const milder = TIER_NAMES.indexOf(tier);
  const others = TIER_NAMES.slice(milder + 1);
  const helping = others.find(
    (next) => planTier({ tier: next, flags, snapshot: state.snapshot }, settings, policy).length > 0,
  );
  return helping ?? others.at(-1) ?? null;
}
