import type { Incident, IncidentStatus } from "../../../app/notify/incident.ts";
import type { MailDocument } from "./mail-document.ts";

type Badge = Pick<MailDocument, "badge" | "tone">;

const OF_ROLLBACK: Readonly<Record<IncidentStatus, Badge>> = {
  open: { badge: "ROLLED BACK", tone: "bad" },
  verified: { badge: "VERIFIED", tone: "good" },
  unverified: { badge: "NOT VERIFIED", tone: "warn" },
  failed: { badge: "FAILED", tone: "bad" },
  ended: { badge: "OVER", tone: "calm" },
  info: { badge: "ROLLED BACK", tone: "warn" },
};

const OF_OTHERS: Readonly<Record<IncidentStatus, Badge>> = {
  ...OF_ROLLBACK,
  open: { badge: "LOOK AT IT", tone: "warn" },
  info: { badge: "FOR YOUR INFORMATION", tone: "calm" },
};

/** How it stands, in the words that a mail begins with. */
export function badgeOf({ kind, status }: Pick<Incident, "kind" | "status">): Badge {
  return (kind === "rollback" ? OF_ROLLBACK : OF_OTHERS)[status];
}
