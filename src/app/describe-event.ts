import type { LedgerEvent } from "../domain/event.ts";
import { rfc3339 } from "./rfc3339.ts";

/** An event as people and programs read it: times are RFC 3339. */
export interface EventView extends Omit<LedgerEvent, "at" | "alert"> {
  readonly at: string;
  readonly alert:
    | (Omit<NonNullable<LedgerEvent["alert"]>, "startsAt"> & { readonly startsAt: string })
    | null;
}

export function describeEvent(event: LedgerEvent): EventView {
  const { at, alert } = event;
  return {
    ...event,
    at: rfc3339(at),
    alert: alert && { ...alert, startsAt: rfc3339(alert.startsAt) },
  };
}
