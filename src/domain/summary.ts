import type { Instant } from "./time.ts";

/** How far the daily summary is: of several responders one sends it. */
export interface Summary {
  /** Its day, `2026-11-21`, as the policy's time zone has it. */
  readonly day: string;
  /** Whoever took it has so long to send it: then somebody else may. */
  readonly leasedUntil: Instant;
  readonly sent: boolean;
}
