import type { SummaryCommand } from "./command.ts";
import { type Decision, note } from "./decision.ts";
import type { ApplicationState } from "./state.ts";
import type { Duration, Instant } from "./time.ts";

/** Longer than a mail takes that is tried a few times. */
const LEASE: Duration = 300_000;

/** Takes the day's summary, which nobody else has then, or notes that it went out. Without changes it is somebody else's. */
export function decideSummary(
  { summary }: ApplicationState,
  { day, sent }: SummaryCommand,
  now: Instant,
): Decision {
  const isKnown = summary?.day === day;
  if (isKnown && (summary.sent || (!sent && summary.leasedUntil > now))) return note();
  return note({ kind: "summary", value: { day, leasedUntil: now + LEASE, sent } });
}
