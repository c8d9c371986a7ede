import type { Work } from "../../app/ports.ts";

/**
 * Every change is told by an event: that is what makes the revision a fencing token.
 * @returns whether there is something to commit
 * @throws TypeError when the work would change something without an event
 */
export function hasEffect({ events, changes, messages }: Work): boolean {
  if (events.length > 0) return true;
  if (changes.length === 0 && messages.length === 0) return false;
  throw new TypeError("work without events must not change or send anything");
}
