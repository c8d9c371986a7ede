import type { Work } from "../../app/ports.ts";
import { isNote } from "../../domain/state.ts";

/**
 * Every change is told by an event: that is what makes the revision a fencing token. Only notes need none.
 * @returns whether there is something to commit
 * @throws TypeError when the work would change something else without an event
 */
export function hasEffect({ events, changes, messages }: Work): boolean {
  if (events.length > 0) return true;
  if (messages.length > 0 || !changes.every(isNote))
    throw new TypeError("work without events may only note, and must not send anything");
  return changes.length > 0;
}
