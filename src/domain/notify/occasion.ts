import { isOfKeptAlert } from "../keep-back.ts";
import type { Message } from "../message.ts";
import { TIER_NAMES, type TierName } from "../tier.ts";

/** What people are told of, as the policy's routes name it. */
export const OCCASIONS = [
  "warning",
  ...TIER_NAMES,
  "rollback-failed",
  "rollback-unverified",
  "storm-breaker",
  "blind",
  "rollout",
] as const;

export type Occasion = (typeof OCCASIONS)[number];

/**
 * The occasions of a message: it goes wherever one of them does. What follows the beginning of a rollback goes where that
 * went, so that nobody is left with half of the story.
 */
export function occasionsOf({ kind, tier, page, subject }: Message): readonly Occasion[] {
  const ofTier: readonly TierName[] = tier === null ? [] : [tier];
  switch (kind) {
    case "failed":
      return tier === null ? ["rollout"] : ["rollback-failed", ...ofTier];
    case "unverified":
      return ["rollback-unverified", ...ofTier];
    // Alerts that nothing was turned down for, and that somebody must look at.
    case "storm_breaker":
    case "unrelated":
    case "cooldown":
      return ["storm-breaker"];
    case "ended":
      return isOfKeptAlert(subject) ? ["storm-breaker"] : ofTier;
    case "blind":
    case "seeing_again":
      return ["blind"];
    case "truncated":
    case "misaddressed":
      return ["warning"];
    case "flags_changed":
      return page ? ["emergency"] : ["rollout"];
    default:
      return tier === null ? ["rollout"] : ofTier;
  }
}
