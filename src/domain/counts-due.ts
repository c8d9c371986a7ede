import type { Bake } from "./bake.ts";
import { gateOf } from "./enter-stage.ts";
import type { Counted } from "./gate.ts";
import { countFromOf, hasMinimum, isSequential } from "./gate-counts.ts";
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
      return hasMinimum(criterion) ? [{ metric, counted, since: takenAt - VALUE_WINDOW, before: null }] : [];
    const counting = bake?.counting?.get(metric);
    const since = counting?.state.until ?? countFromOf(rollout, gate);
    const isUsualKnown = counting?.isUsualKnown ?? false;
    const before = { stage: rollout.stageStartedAt, rollout: rollout.startedAt };
    return [{ metric, counted, since, before: isUsualKnown ? null : before }];
  });
}
