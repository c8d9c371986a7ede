import type { Duration, Instant } from "./time.ts";

/** Evidence that waited longer than this for the lock is taken again: it tells of another moment. */
export const MAX_EVIDENCE_AGE: Duration = 10_000;

/** What the clock does of its own accord is signed with. */
export const CLOCK = "clock";

/** Due at once. */
export const LONG_AGO: Instant = 0;
export const NEVER: Instant = Number.POSITIVE_INFINITY;
