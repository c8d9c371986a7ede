import type { MetricCounts, VariantLabel } from "./counts.ts";
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
  /** The policy's alert that it says the truth of: 1 or 0. Who asks that alert itself need not ask this. */
  readonly alert?: string;
  /** How it is judged by counts; absent: by its values, one sample at a time. */
  readonly counted?: Counted;
}

/** A criterion whose metric knows how many requests its value rests on. */
export interface Counted {
  readonly counts: MetricCounts;
  /** By evidence that grows with the requests, or by the value alone. */
  readonly judge: "sequential" | "threshold";
  /** With fewer requests than this a value says nothing; for `threshold`. */
  readonly minimum: number;
  /**
   * Treatment may be worse than control by so much, in the metric's unit (of a quantile: percent of the requests);
   * null: it is not compared.
   */
  readonly compare: { readonly by: VariantLabel; readonly margin: number } | null;
  /** What its bounds and its margin are written in; absent: percent, of a quantile's margin too. */
  readonly unit?: "percent" | "ratio";
  /** Whether a value between green and red holds though it was so before the rollout. */
  readonly yellow: "as-before" | "hold";
}

export interface Gate {
  readonly name: string;
  readonly criteria: readonly GateCriterion[];
  /** How much longer a stage bakes after a yellow verdict. */
  readonly holdFor: Duration;
  /** The first so many milliseconds of a stage that are not counted; absent: none. */
  readonly settle?: Duration;
  /** Without evidence enough a stage is held from then on, and that is said; absent: 1.5 times its bake. */
  readonly notEnoughAfter?: Duration;
}
