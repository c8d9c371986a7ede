import type { Policy } from "../../src/domain/policy.ts";
import type { Rollout } from "../../src/domain/rollout.ts";
import { type ApplicationState, emptyState } from "../../src/domain/state.ts";
import type { Instant } from "../../src/domain/time.ts";

interface Running {
  readonly plan: string;
  readonly stage?: number;
  readonly startedAt: Instant;
  readonly watchdog?: Instant | null;
}

/** An application in the middle of a plan of its policy, as far as what looks at it from outside needs it. */
export function rollingOut(
  policy: Policy,
  { plan: name, stage = 0, startedAt, watchdog = startedAt }: Running,
): ApplicationState {
  const plan = policy.plans.get(name);
  if (plan === undefined) throw new Error(`the policy has no plan ${name}`);
  const rollout: Rollout = {
    id: "r1",
    plan,
    thresholds: new Map(),
    attempt: 1,
    stage,
    startedAt,
    startedBy: "test",
    stageStartedAt: startedAt,
    hold: null,
    blind: null,
    pausedAt: null,
    outcome: null,
    endedAt: null,
    rollback: null,
    history: [],
    lastDecision: { at: startedAt, reason: "promoted", detail: "", actor: "test" },
  };
  return { ...emptyState(), rollout, watchdog };
}
