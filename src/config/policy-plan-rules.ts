import { formatDuration } from "../domain/time.ts";
import {
  expectReleaseFlag,
  isKnown,
  type Phases,
  phasesOf,
  type Rule,
  type RuleContext,
} from "./policy-rule.ts";
import { badName, isName } from "./policy-scalars.ts";
import type { WrittenPlan, WrittenStage } from "./policy-schema.ts";

const plans: Rule = (context) => {
  const { custom, ...named } = context.policy.plans;
  const { trafficFlag } = context.policy.application;
  const phases = phasesOf(context, (_, key) => key !== trafficFlag);
  expectGate(context, custom.gate, ["plans", "custom", "gate"]);
  checkFlags(context, custom.flags, ["plans", "custom", "flags"]);
  for (const [name, plan] of Object.entries(named)) {
    if (!isName(name)) context.report(["plans", name], badName(name), "key");
    checkStages(context, name, plan, phases);
  }
};

function checkStages(context: RuleContext, name: string, plan: WrittenPlan, phases: Phases): void {
  let before = 0;
  for (const [index, stage] of plan.stages.entries()) {
    const path = ["plans", name, "stages", index];
    if (stage.traffic < before)
      context.report(
        [...path, "traffic"],
        `traffic falls from ${before} to ${stage.traffic}: a plan only raises it`,
      );
    before = Math.max(before, stage.traffic);
    if (stage.checkEvery > stage.bake)
      context.report(
        [...path, "checkEvery"],
        `longer than the bake of ${formatDuration(stage.bake)}: the stage would never be checked`,
      );
    expectGate(context, stage.gate, [...path, "gate"]);
    checkStageFlags(context, stage, path, phases);
  }
}

function checkStageFlags(
  context: RuleContext,
  stage: WrittenStage,
  path: readonly PropertyKey[],
  phases: Phases,
): void {
  for (const phase of Object.keys(stage.phases)) {
    if (!phases.has(phase))
      context.report([...path, "phases", phase], `no flag that a plan moves is in phase ${phase}`, "key");
  }
  checkFlags(context, stage.flags, [...path, "flags"]);
}

function checkFlags(context: RuleContext, flags: WrittenStage["flags"], path: readonly PropertyKey[]): void {
  const { trafficFlag } = context.policy.application;
  for (const key of Object.keys(flags)) {
    const flagPath = [...path, key];
    if (key === trafficFlag)
      context.report(flagPath, `"${key}" is the traffic flag: the stage's traffic sets it`, "key");
    else expectReleaseFlag(context, key, flagPath, "key");
  }
}

const rollout: Rule = (context) => {
  const { defaultPlan, finalSuccess, retryFromStage } = context.policy.rollout;
  expectGate(context, finalSuccess.gate, ["rollout", "finalSuccess", "gate"]);
  if (defaultPlan !== undefined) isKnown(context, "plan", defaultPlan, ["rollout", "defaultPlan"]);
  const { custom: _, ...named } = context.policy.plans;
  const plans = Object.values(named);
  if (plans.length > 0 && plans.every((plan) => plan.stages.length < retryFromStage))
    context.report(["rollout", "retryFromStage"], `no plan has ${retryFromStage} stages`);
};

function expectGate(context: RuleContext, gate: string | undefined, path: readonly PropertyKey[]): void {
  if (gate !== undefined) isKnown(context, "gate", gate, path);
}

const verify: Rule = (context) => {
  const { startAfter, checkEvery, goodChecksInARow, giveUpAfter, gate } = context.policy.verify;
  expectGate(context, gate, ["verify", "gate"]);
  const soonest = startAfter + (goodChecksInARow - 1) * checkEvery;
  if (soonest > giveUpAfter)
    context.report(
      ["verify", "giveUpAfter"],
      `too soon: ${goodChecksInARow} good checks take ${formatDuration(soonest)} at least`,
    );
};

const notifications: Rule = (context) => {
  const seen = new Set<string>();
  for (const [index, route] of context.policy.notifications.routes.entries()) {
    for (const [at, occasion] of route.on.entries()) {
      if (seen.has(occasion))
        context.report(["notifications", "routes", index, "on", at], `"${occasion}" has a route already`);
      seen.add(occasion);
    }
  }
};

export const PLAN_RULES: readonly Rule[] = [plans, rollout, verify, notifications];
