import { reachesOf, settingsOf } from "./flag.ts";
import { planTier, type TierRequest } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";
import { applied } from "./turn-down.ts";

/**
 * Whether the tier would take from users what they were given since then. After a rollback nothing is raised but by
 * somebody who has acknowledged it, and that may always be taken back.
 * @param known when the alert began, if people have been called for it: what they raised all the same is their decision
 */
export function takesBack(
  state: ApplicationState,
  request: Pick<TierRequest, "tier" | "flags">,
  policy: Policy,
  since: Instant,
  known: Instant | null,
): boolean {
  const lately = [...state.raised].filter(([, { at }]) => at >= since && (known === null || at <= known));
  if (lately.length === 0) return false;
  const settings = settingsOf(policy.flags, state.flags);
  const changes = planTier({ ...request, snapshot: state.snapshot }, settings, policy);
  const before = reachesOf(policy.flags, settings);
  const after = reachesOf(policy.flags, applied(settings, changes));
  return lately.some(([key]) => (after.get(key) ?? 0) < (before.get(key) ?? 0));
}
