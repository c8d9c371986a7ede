import type { Plan, Stage } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { type Duration, formatDuration } from "./time.ts";

/** What an operator asks to be deployed; null where nothing was said. */
export interface DeployRequest {
  readonly plan: string | null;
  /** Percent of users, stage by stage: for the plan `custom`. */
  readonly steps: readonly number[] | null;
  /** The bake of every stage. */
  readonly wait: Duration | null;
  /** Where the plan ends, though it would go on. */
  readonly targetPercentage: number | null;
  /** Red bounds instead of the gates' own. */
  readonly errorThreshold: number | null;
  readonly latencyThreshold: number | null;
}

export interface ResolvedDeploy {
  readonly plan: Plan;
  /** By metric. */
  readonly thresholds: ReadonlyMap<string, number>;
}

const CUSTOM = "custom";
const MAX_STEPS = 100;
const SECOND: Duration = 1_000;
const YEAR: Duration = 365 * 86_400 * SECOND;

/** Turns a request into a plan that can run. @returns the plan, or everything that is wrong with the request */
export function resolveDeploy(
  request: DeployRequest,
  policy: Policy,
): ResolvedDeploy | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const name = request.plan ?? (request.steps === null ? policy.rollout.defaultPlan : CUSTOM);
  checkWait(request.wait, problems);
  const base =
    name === CUSTOM ? customPlan(request, policy, problems) : namedPlan(name, request, policy, problems);
  if (base === undefined) return { problems };
  const plan = untilTarget(withWait(base, request.wait), request.targetPercentage, problems);
  const thresholds = thresholdsOf(request, plan, policy, problems);
  return problems.length > 0 ? { problems } : { plan, thresholds };
}

function namedPlan(
  name: string,
  { steps }: DeployRequest,
  policy: Policy,
  problems: string[],
): Plan | undefined {
  if (steps !== null)
    problems.push(`steps: the plan "${name}" has its own stages; steps are for the plan ${CUSTOM}`);
  const plan = policy.plans.get(name);
  if (plan === undefined)
    problems.push(
      `plan: there is no plan "${name}"; there are: ${[...policy.plans.keys(), CUSTOM].join(", ")}`,
    );
  return plan;
}

function customPlan({ steps, wait }: DeployRequest, policy: Policy, problems: string[]): Plan | undefined {
  if (wait === null)
    problems.push("wait: say how long each stage of the plan custom bakes, e.g. 600 seconds");
  if (steps === null) {
    problems.push("steps: say the stages of the plan custom, e.g. 0,10,50,100");
    return undefined;
  }
  checkSteps(steps, problems);
  const { checkEvery, gate, flags } = policy.customPlan;
  const bake = wait ?? 0;
  const stages = steps.map(
    (traffic, index): Stage => ({
      name: `stage ${index + 1}: ${traffic} %`,
      traffic,
      flags: index === 0 ? flags : new Map(),
      bake,
      checkEvery: Math.min(checkEvery, bake),
      gate,
      approval: false,
    }),
  );
  return { name: CUSTOM, description: "", stages, stepEvery: null, dangerous: false };
}

function checkSteps(steps: readonly number[], problems: string[]): void {
  if (steps.length === 0 || steps.length > MAX_STEPS)
    problems.push(`steps: between 1 and ${MAX_STEPS} steps are expected, not ${steps.length}`);
  let before = 0;
  for (const step of steps) {
    if (!isPercentage(step)) {
      problems.push(`steps: ${step} is no ${PERCENTAGE}`);
      return;
    }
    if (step < before) {
      problems.push(`steps: they go down from ${before} to ${step}; a rollout only goes up`);
      return;
    }
    before = step;
  }
}

function checkWait(wait: Duration | null, problems: string[]): void {
  if (wait === null || (wait >= SECOND && wait <= YEAR)) return;
  problems.push(
    `wait: ${wait / SECOND} s is no bake: between ${formatDuration(SECOND)} and ${formatDuration(YEAR)} are expected`,
  );
}

/** An operator's wait counts for every stage, and then nothing waits for the next day either. */
function withWait(plan: Plan, wait: Duration | null): Plan {
  if (wait === null) return plan;
  const stages = plan.stages.map((stage) => ({
    ...stage,
    bake: wait,
    checkEvery: Math.min(stage.checkEvery, wait),
  }));
  return { ...plan, stages, stepEvery: null };
}

/** Ends with the first stage that reaches the target, at the target. */
function untilTarget(plan: Plan, target: number | null, problems: string[]): Plan {
  if (target === null) return plan;
  if (!isPercentage(target)) {
    problems.push(`targetPercentage: ${target} is no ${PERCENTAGE}`);
    return plan;
  }
  // Traffic only rises from stage to stage.
  const below = plan.stages.filter(({ traffic }) => traffic <= target);
  const beyond = plan.stages[below.length];
  const highest = below.at(-1)?.traffic;
  if (highest === target) return { ...plan, stages: below };
  if (beyond !== undefined) return { ...plan, stages: [...below, { ...beyond, traffic: target }] };
  if (highest !== undefined)
    problems.push(`targetPercentage: the plan ends at ${highest} %, below ${target} %`);
  return plan;
}

function thresholdsOf(
  request: DeployRequest,
  plan: Plan,
  policy: Policy,
  problems: string[],
): Map<string, number> {
  const { error, latency } = policy.rollout.thresholds;
  const asked = [
    ["errorThreshold", error, request.errorThreshold],
    ["latencyThreshold", latency, request.latencyThreshold],
  ] as const;
  const thresholds = new Map<string, number>();
  for (const [name, metric, value] of asked) {
    if (value === null) continue;
    const judged = plan.stages.some(({ gate }) =>
      policy.gates.get(gate)?.criteria.some((criterion) => criterion.metric === metric),
    );
    if (!Number.isFinite(value) || value < 0)
      problems.push(`${name}: ${value} is no limit: a number from 0 is expected`);
    else if (!judged) problems.push(`${name}: no gate of this plan judges ${metric}`);
    else thresholds.set(metric, value);
  }
  return thresholds;
}

const PERCENTAGE = "percentage from 0 to 100, with at most two decimals";

/** Users fall into 10,000 buckets: a third decimal would be silently lost. */
function isPercentage(value: number): boolean {
  return value >= 0 && value <= 100 && Math.round(value * 100) / 100 === value;
}
