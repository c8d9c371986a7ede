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

/** `🔴 Open: Rolled back (phase): …`; the status once, where the headline begins with it. Not escaped. */
export function titleLine(incident: Incident): string {
  const [emoji, word] = WORDS[incident.status];
  const isSaid = incident.headline.toLowerCase().startsWith(word.toLowerCase());
  return isSaid ? `${emoji} ${incident.headline}` : `${emoji} ${word}: ${incident.headline}`;
}
