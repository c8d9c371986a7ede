import type { Incident } from "../../../app/notify/incident.ts";
import { isMoreSevere } from "../../../domain/tier.ts";
import type { Instant } from "../../../domain/time.ts";

const MAX_NAME = 80;

/** Whether it is serious enough for a channel of its own: a rollback of tier phase or above. */
export function deservesChannel({ kind, tier }: Incident): boolean {
  return kind === "rollback" && tier !== null && isMoreSevere(tier, "stage");
}

/**
 * `#incident-YYYY-MM-DD` with the day of `at` in the time zone filled in, as Slack allows it: lower case, no spaces.
 * @param timeZone an IANA name
 */
export function incidentChannelName(pattern: string, at: Instant, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const name = pattern
    .replace("YYYY", part.year ?? "")
    .replace("MM", part.month ?? "")
    .replace("DD", part.day ?? "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_-]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "");
  return `#${name.slice(0, MAX_NAME)}`;
}
