/** Why something was decided. A closed list: logged, counted in `rollguard_decisions_total`, kept in the ledger. */
export const REASONS = [
  "rolled_back",
  "escalated",
  "absorbed",
  "duplicate",
  "resolved",
  "no_trigger",
  "unknown_application",
  "already_rolled_back",
  "cooldown",
  "storm_breaker",
  "dry_run",
  "invalid_alert",
  "held",
  "promoted",
  "completed",
  "paused",
  "resumed",
  "aborted",
  "approved",
  "verified",
  "verification_failed",
  "unverified",
  "flag_changed",
  "refused",
] as const;

export type Reason = (typeof REASONS)[number];
