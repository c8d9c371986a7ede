import type { CountsBefore } from "./counts.ts";
import type { Instant } from "./time.ts";

/** How far a criterion has been counted in a bake: plain data, kept with it. */
export interface Counting {
  /** The end of the last block that was judged: what came later is asked for next. */
  readonly until: Instant;
  /** What was usual before the change; null until it is known. */
  readonly usual: Usual | null;
}

/** What was counted before a change, as far as a judge needs it. */
export interface Usual {
  /** How much more the blocks of two hours scattered than chance does: 1 … 5. */
  readonly dispersion: number;
  /** The day before the rollout; null: nothing was counted. */
  readonly day: CountsBefore["day"];
}
