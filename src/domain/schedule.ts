import { checkEveryOf } from "./bake.ts";
import type { FlagChange, Settings } from "./flag.ts";
import type { GateCriterion } from "./gate.ts";
import { withThresholds } from "./judge.ts";
import type { Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { changesTo, settingsOfStage, settingsUpTo } from "./stage-settings.ts";
import type { Duration, Instant } from "./time.ts";
import { applied } from "./turn-down.ts";

/** A stage as it would go when everything stays green. */
export interface ScheduledStage {
  /** Counted from 1. */
  readonly stage: number;
  readonly name: string;
  readonly traffic: number;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly bake: Duration;
  readonly checkEvery: Duration;
  readonly gate: string;
  readonly criteria: readonly GateCriterion[];
  readonly approval: boolean;
  /** What it changes when the stages before it went as planned. */
  readonly flags: readonly FlagChange[];
}

interface Scheduled {
  readonly plan: Plan;
  readonly thresholds: ReadonlyMap<string, number>;
  readonly policy: Policy;
  /** As the flags are now. */
  readonly settings: Settings;
  readonly from: Instant;
  /** Index of the stage that it starts with. */
  readonly stage?: number;
}

/** When each stage begins and ends at the earliest, what it sets, and what its gate asks for. */
export function scheduleOf({
  plan,
  thresholds,
  policy,
  settings,
  from,
  stage: first = 0,
}: Scheduled): ScheduledStage[] {
  const { trafficFlag } = policy.application;
  let startsAt = from;
  let before = settings;
  return plan.stages.flatMap((stage, index) => {
    if (index < first) return [];
    const gate = policy.gates.get(stage.gate);
    const criteria = gate === undefined ? [] : withThresholds(gate, thresholds).criteria;
    const isLast = index === plan.stages.length - 1;
    const endsAt = startsAt + Math.max(stage.bake, isLast ? 0 : (plan.stepEvery ?? 0));
    const target =
      index === first ? settingsUpTo(plan, index, trafficFlag) : settingsOfStage(stage, trafficFlag);
    const flags = changesTo(target, before);
    const scheduled: ScheduledStage = {
      stage: index + 1,
      name: stage.name,
      traffic: stage.traffic,
      startsAt,
      endsAt,
      bake: stage.bake,
      checkEvery: checkEveryOf(stage, stage.bake, criteria),
      gate: stage.gate,
      criteria,
      approval: stage.approval,
      flags,
    };
    startsAt = endsAt;
    before = applied(before, flags);
    return [scheduled];
  });
}
