import type { NotificationPolicy } from "../../domain/policy.ts";
import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { Receipt } from "../outbox.ts";

/** How often it is looked whether there is something to tell them. */
const LOOK: Duration = 10_000;
/** The mail itself takes some of the time within which they are to know. */
const MARGIN: Duration = 60_000;

/**
 * Stakeholders hear once there is a verdict, or when time is nearly up; then every hour; and when it is over.
 * @returns how long there is nothing to tell; 0: there is something now
 */
export function untilStakeholdersAreDue(
  rollback: Rollback | PastRollback,
  receipt: Receipt | null,
  { within, every }: NotificationPolicy["stakeholders"],
  now: Instant,
): Duration {
  if ("endedAt" in rollback) return 0;
  const lastAt = typeof receipt?.lastAt === "number" ? receipt.lastAt : null;
  const isJudged = rollback.status !== "verifying";
  if (lastAt === null && isJudged) return 0;
  const due = lastAt === null ? rollback.startedAt + Math.max(within / 2, within - MARGIN) : lastAt + every;
  return due <= now ? 0 : Math.min(LOOK, due - now);
}
