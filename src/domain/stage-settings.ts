import {
  type FlagChange,
  type FlagPolicies,
  type FlagSetting,
  OFF,
  type Settings,
  sameSetting,
} from "./flag.ts";
import type { Plan, Stage } from "./plan.ts";
import type { Policy } from "./policy.ts";

/** What a stage sets: its flags, and the traffic flag. */
export function settingsOfStage(stage: Stage, trafficFlag: string): Map<string, FlagSetting> {
  const { traffic } = stage;
  const share = traffic === 0 ? OFF : { enabled: true, rolloutPercentage: traffic };
  return new Map([...stage.flags, [trafficFlag, share]]);
}

/** What the stages up to and including this one have set, the later ones winning: where a rollout stands in it. */
export function settingsUpTo(plan: Plan, stage: number, trafficFlag: string): Map<string, FlagSetting> {
  const stages = plan.stages.slice(0, stage + 1);
  return new Map(stages.flatMap((each) => [...settingsOfStage(each, trafficFlag)]));
}

/** Every flag that some stage of the plan turns on, the traffic flag included. */
export function flagsRaisedBy(plan: Plan, trafficFlag: string): Set<string> {
  const raised = plan.stages.flatMap((stage) => [...settingsOfStage(stage, trafficFlag)]);
  return new Set(raised.filter(([, { enabled }]) => enabled).map(([key]) => key));
}

/** Every flag that some stage of the plan sets, the traffic flag included. */
export function flagsSetBy(plan: Plan, trafficFlag: string): Set<string> {
  return new Set(plan.stages.flatMap((stage) => [...settingsOfStage(stage, trafficFlag).keys()]));
}

/** In the order of the policy; a flag that it does not have is left out. */
export function changesTo(target: Settings, settings: Settings): FlagChange[] {
  const changes: FlagChange[] = [];
  for (const [flag, before] of settings) {
    const after = target.get(flag);
    if (after !== undefined && !sameSetting(before, after)) changes.push({ flag, before, after });
  }
  return changes;
}

/** Flags of a plan's stages that the policy does not have, or that no plan may move. */
export function unmovableFlags(plan: Plan, { flags, application }: Policy): string[] {
  return [...flagsSetBy(plan, application.trafficFlag)].filter((key) => !isMovable(key, flags));
}

function isMovable(key: string, flags: FlagPolicies): boolean {
  return flags.get(key)?.kind === "release";
}
