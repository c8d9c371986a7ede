import type { MailDocument } from "./mail-document.ts";

/** A mail that nobody takes for an incident. */
export function markedTest(document: MailDocument): MailDocument {
  return {
    ...document,
    mark: "This is a test of Rollguard's notifications. Nothing has happened, and there is nothing to do.",
    badge: `TEST: ${document.badge}`,
    tone: "calm",
  };
}

/** Where a test went, in words. */
export function sentTo(to: readonly string[], refused: readonly string[]): string {
  const taken = to.filter((address) => !refused.includes(address));
  const but = refused.length === 0 ? "" : `; the mail server refuses ${refused.join(", ")}`;
  return `e-mail to ${taken.join(", ")}${but}`;
}
