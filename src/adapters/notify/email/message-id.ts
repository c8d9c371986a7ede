import type { Delivery } from "../../../app/notify/notifier.ts";

/** Characters of one part: the whole has to fit on a line of a header. */
const MAX_PART = 80;

/**
 * Of one mail: the same whenever it is tried again, so that clients show it once; another one where more has happened meanwhile,
 * which they would not show otherwise. The subject tells apart what two installations call the same.
 */
export function messageIdOf({ id, messages, incident }: Delivery, sender: string, kind: string): string {
  const more = messages.length === 1 ? "" : `+${messages.length - 1}`;
  return idOf([incident.subject, `${id}${more}`, kind], sender);
}

/** Of the thread, which is the incident. No mail has it: whichever comes first, the others find their way to it. */
export function threadIdOf(application: string, subject: string, sender: string, kind: string): string {
  return idOf([subject, application, kind], sender);
}

/** @param sender the address that mails are from: its domain vouches for the rest */
export function idOf(parts: readonly string[], sender: string): string {
  const left = parts.map((part) => part.replaceAll(/[^A-Za-z0-9+_-]/g, "-").slice(0, MAX_PART)).join(".");
  return `<${left}@rollguard.${sender.slice(sender.lastIndexOf("@") + 1)}>`;
}
