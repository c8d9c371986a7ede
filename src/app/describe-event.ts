import type { LedgerEvent } from "../domain/event.ts";
import type { Unchanged } from "../domain/unchanged.ts";
import { rfc3339 } from "./rfc3339.ts";

/** An event as people and programs read it: times are RFC 3339. */
export interface EventView extends Omit<LedgerEvent, "at" | "alert" | "unchanged"> {
  readonly at: string;
  readonly alert:
    | (Omit<NonNullable<LedgerEvent["alert"]>, "startsAt"> & { readonly startsAt: string })
    | null;
  readonly unchanged: readonly UnchangedView[];
}

export interface UnchangedView extends Omit<Unchanged, "firstAt" | "lastAt"> {
  readonly firstAt: string;
  readonly lastAt: string;
}

export function describeEvent(event: LedgerEvent): EventView {
  const { at, alert } = event;
  return {
    ...event,
    at: rfc3339(at),
    alert: alert && { ...alert, startsAt: rfc3339(alert.startsAt) },
    // Events of before have none.
    unchanged: (event.unchanged ?? []).map(describeUnchanged),
  };
}

export function describeUnchanged(unchanged: Unchanged): UnchangedView {
  const { firstAt, lastAt } = unchanged;
  return { ...unchanged, firstAt: rfc3339(firstAt), lastAt: rfc3339(lastAt) };
}
