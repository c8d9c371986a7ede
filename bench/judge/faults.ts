import { bakeOf } from "./plans.ts";
import type { Fault, Rollout } from "./rollout.ts";

/** The true rate of a fault, so many seconds after it began. */
export function faultRate({ rate, ramp }: Fault, base: number, since: number): number {
  if (since < 0) return base;
  return since >= ramp ? Math.max(base, rate) : base + (Math.max(base, rate) - base) * (since / ramp);
}

/** How long a fault has lasted at a stage's second; negative before it began. */
export function secondsSince(
  fault: Fault,
  { plan }: Pick<Rollout, "plan">,
  stage: number,
  second: number,
): number {
  if (stage < fault.stage) return -1;
  if (stage === fault.stage) return second - fault.from;
  return bakeOf(plan.slice(fault.stage, stage)) - fault.from + second;
}
