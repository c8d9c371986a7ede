import type { Evidence } from "./evidence.ts";
import type { Gate } from "./gate.ts";
import { termsOf } from "./gate-counts.ts";
import { type Rollout, stageOf } from "./rollout.ts";

/**
 * The users whom a stage compares, as far as whoever looked at it knows them.
 * @returns undefined where it compares nothing, or they are none that were drawn for this stage
 */
export function comparedUsers({ keys }: Evidence, gate: Gate, rollout: Rollout): Evidence["keys"] {
  const isCompared = gate.criteria.some((criterion) => {
    const margin = termsOf(criterion, gate, rollout)?.margin;
    return margin !== undefined && margin !== null;
  });
  return isCompared && keys?.percentage === stageOf(rollout).traffic ? keys : undefined;
}
