import type { Tally } from "./judging/block.ts";
import type { CountState } from "./judging/judge-counts.ts";

/** How far a criterion has been counted in a stage: plain data, kept with its bake. */
export interface Counting {
  readonly state: CountState;
  /** What was usual before the change has been answered: it is in the state, and not asked for again. */
  readonly isUsualKnown: boolean;
  /** The newest blocks of what is judged, and of control where it is compared: for the words alone. */
  readonly recent: readonly Tally[];
  readonly recentControl: readonly Tally[];
}

/** By metric. */
export type Countings = ReadonlyMap<string, Counting>;

export const NOT_COUNTED: Countings = new Map();

/** Blocks that are told apart from the whole stage: those of five minutes. */
export const RECENT_BLOCKS = 10;
