import type { Rollout } from "./rollout.ts";
import type { StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

type Ending = Pick<Rollout["lastDecision"], "reason" | "detail" | "actor"> &
  Pick<Rollout, "outcome"> &
  Partial<Pick<Rollout, "rollback">>;

/** A rollout as it is once it is over. */
export function endedRollout(rollout: Rollout, { outcome, rollback, ...why }: Ending, now: Instant): Rollout {
  const end = { outcome, endedAt: now, lastDecision: { at: now, ...why } };
  return rollback === undefined ? { ...rollout, ...end } : { ...rollout, ...end, rollback };
}

/** Its part of a commit: nothing bakes any more. */
export function changesOfEnd(ended: Rollout | null): readonly StateChange[] {
  if (ended === null) return [];
  return [
    { kind: "rollout", value: ended },
    { kind: "bake", value: null },
  ];
}
