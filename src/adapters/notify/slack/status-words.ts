import type { Incident, IncidentStatus } from "../../../app/notify/incident.ts";

const WORDS: Readonly<Record<IncidentStatus, readonly [emoji: string, word: string]>> = {
  open: ["🔴", "Open"],
  verified: ["✅", "Verified"],
  unverified: ["⚠️", "Not verified"],
  failed: ["🚨", "Failed"],
  ended: ["🏁", "Ended"],
  info: ["ℹ️", "Info"],
};

export function wordOf({ status }: Incident): string {
  return WORDS[status][1];
}

/** `🔴 Rolled back (phase): …`; the headline says in words what the sign says. Not escaped. */
export function titleLine({ status, headline }: Incident): string {
  return `${WORDS[status][0]} ${headline}`;
}
