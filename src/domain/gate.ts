import type { Duration } from "./time.ts";

/** How the samples of a bake are condensed before they are judged. */
export type Sustained = "whole-bake" | "average" | { readonly checksInARow: number };

export type Comparison = "<" | "<=" | ">" | ">=" | "==";

export interface Bound {
  readonly comparison: Comparison;
  readonly value: number;
}

/**
 * One row of a gate. A value is green when it meets `green`, else red when it meets `red`, else yellow.
 * With no `red` a value that is not green is yellow.
 */
export interface GateCriterion {
  readonly metric: string;
  /** PromQL for criteria that are not one of the policy's own metrics; else null. */
  readonly expr: string | null;
  readonly source: "prometheus" | "alertmanager";
  readonly green: Bound;
  readonly red: Bound | null;
  readonly sustained: Sustained;
}

export interface Gate {
  readonly name: string;
  readonly criteria: readonly GateCriterion[];
  /** How much longer a stage bakes after a yellow verdict. */
  readonly holdFor: Duration;
}
