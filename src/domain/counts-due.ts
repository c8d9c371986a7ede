import type { Bake } from "./bake.ts";
import { gateOf } from "./enter-stage.ts";
import type { Counted, Gate, GateCriterion } from "./gate.ts";
import type { Policy } from "./policy.ts";
import type { ActiveRollout } from "./rollout.ts";
import type { Duration, Instant } from "./time.ts";

/** Counts that a look at a stage needs of one criterion. */
export interface CountsDue {
  readonly metric: string;
  readonly counted: Counted;
  /** What was counted after this is asked for. */
  readonly since: Instant;
  /** What was usual is not known yet: two hours before the stage, a day before the rollout. Null: it is not asked for. */
  readonly before: { readonly stage: Instant; readonly rollout: Instant } | null;
}

/** A criterion that is judged by its value has so many requests behind it: those of this time. */
const VALUE_WINDOW: Duration = 5 * 60_000;

/** Whether it is judged by evidence that grows with the requests. */
function isSequential({ counted }: GateCriterion): boolean {
  return counted?.judge === "sequential";
}

/** What a look at the current stage is to count, besides its values. */
export function countsDue(
  rollout: ActiveRollout,
  bake: Bake | null,
  policy: Policy,
  takenAt: Instant,
): CountsDue[] {
  const gate = gateOf(rollout, policy);
  if (gate === undefined) return [];
  return gate.criteria.flatMap((criterion): CountsDue[] => {
    const { metric, counted } = criterion;
    if (counted === undefined) return [];
    if (!isSequential(criterion))
      return counted.minimum > 0 ? [{ metric, counted, since: takenAt - VALUE_WINDOW, before: null }] : [];
    const counting = bake?.counting?.get(metric);
    const since = counting?.until ?? countFromOf(rollout, gate);
    const isUsualKnown = counting !== undefined && counting.usual !== null;
    const before = { stage: rollout.stageStartedAt, rollout: rollout.startedAt };
    return [{ metric, counted, since, before: isUsualKnown ? null : before }];
  });
}

/** The first seconds of a stage are not counted where the gate says so. */
function countFromOf({ stageStartedAt }: ActiveRollout, { settle = 0 }: Gate): Instant {
  return stageStartedAt + settle;
}
