import type { DeployCommand, RetryCommand } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import { type Decision, leave } from "../domain/decision.ts";
import { type DeployRequest, type ResolvedDeploy, resolveDeploy } from "../domain/deploy-plan.ts";
import { settingsOf } from "../domain/flag.ts";
import type { Plan } from "../domain/plan.ts";
import type { Policy } from "../domain/policy.ts";
import { type ScheduledStage, scheduleOf } from "../domain/schedule.ts";
import type { PreflightReport } from "./preflight.ts";
import { foresee, policyNamed, type RunCommand, runCommand, tryCommand } from "./run-command.ts";

export interface Deploy extends RunCommand {
  /** @param start what the start would decide */
  readonly preflight: (policy: Policy, start: Decision) => Promise<PreflightReport>;
  readonly production: boolean;
}

/** What an operator says besides what is to be deployed. */
export interface DeployOrder extends DeployRequest {
  readonly actor: string;
  readonly reason: string | null;
  readonly acknowledge: boolean;
  readonly expected: number | null;
  /** What was typed to confirm it: `yes`, or for a dangerous plan `yes-i-am-sure`. */
  readonly confirm: string | null;
}

export type DeployResult =
  /** The request itself is wrong. */
  | { readonly kind: "invalid"; readonly problems: readonly string[] }
  /** Preflight failed: nothing was started. */
  | { readonly kind: "not_ready"; readonly preflight: PreflightReport }
  | { readonly kind: "decided"; readonly numbered: NumberedDecision };

/** Deploys a plan: it must be right, ready and wanted before anything changes. */
export async function deploy(tools: Deploy, application: string, order: DeployOrder): Promise<DeployResult> {
  const policy = policyNamed(tools.policies, application);
  const resolved = resolveDeploy(order, policy);
  if ("problems" in resolved) return { kind: "invalid", problems: resolved.problems };
  const unconfirmed = unconfirmedIn(tools.production, resolved.plan, order.confirm);
  if (unconfirmed !== null) return { kind: "invalid", problems: [unconfirmed] };
  return await startWhenReady(tools, application, policy, commandOf(order, resolved));
}

/** Starts the last rollout again; it raises flags like a deploy does, so the same must be ready. */
export async function retry(
  tools: Deploy,
  application: string,
  command: RetryCommand,
  confirm: string | null,
): Promise<DeployResult> {
  const policy = policyNamed(tools.policies, application);
  const { rollout } = await tools.store.read(application);
  const unconfirmed = rollout && unconfirmedIn(tools.production, rollout.plan, confirm);
  if (unconfirmed !== null) return { kind: "invalid", problems: [unconfirmed] };
  return await startWhenReady(tools, application, policy, command);
}

async function startWhenReady(
  tools: Deploy,
  application: string,
  policy: Policy,
  command: DeployCommand | RetryCommand,
): Promise<DeployResult> {
  // What cannot be done now is refused at once: preflight takes seconds when something is away.
  const foreseen = await foresee(tools, application, command);
  if (foreseen.reason !== "refused") {
    const preflight = await tools.preflight(policy, foreseen);
    if (!preflight.ok) return { kind: "not_ready", preflight };
  }
  return { kind: "decided", numbered: await runCommand(tools, application, command) };
}

export type DeployPlan =
  | { readonly kind: "invalid"; readonly problems: readonly string[] }
  | {
      readonly kind: "planned";
      readonly decision: Decision;
      readonly plan: string;
      readonly dangerous: boolean;
      readonly schedule: readonly ScheduledStage[];
      readonly preflight: PreflightReport;
    };

/** The whole schedule of a deploy, and whether it could start now. Changes nothing. */
export async function planDeploy(
  tools: Deploy,
  application: string,
  order: DeployOrder,
): Promise<DeployPlan> {
  const policy = policyNamed(tools.policies, application);
  const resolved = resolveDeploy(order, policy);
  if ("problems" in resolved) return { kind: "invalid", problems: resolved.problems };
  const state = await tools.store.read(application);
  const decision = await tryCommand(tools, application, commandOf(order, resolved));
  const preflight = await tools.preflight(policy, decision);
  const settings = settingsOf(policy.flags, state.flags);
  const { plan } = resolved;
  const schedule = scheduleOf({ ...resolved, policy, settings, from: tools.clock.now(application) });
  return { kind: "planned", decision, plan: plan.name, dangerous: plan.dangerous, schedule, preflight };
}

/** Whether the policy's own plan could start now. */
export async function preflightNow(tools: Deploy, application: string): Promise<PreflightReport> {
  const policy = policyNamed(tools.policies, application);
  const resolved = resolveDeploy(NOTHING_SAID, policy);
  if ("problems" in resolved) return await tools.preflight(policy, leave("refused"));
  const order = { actor: "preflight", reason: "preflight", acknowledge: true, expected: null, confirm: null };
  const command = commandOf({ ...NOTHING_SAID, ...order }, resolved);
  return await tools.preflight(policy, await foresee(tools, application, command));
}

const NOTHING_SAID: DeployRequest = {
  plan: null,
  steps: null,
  wait: null,
  targetPercentage: null,
  errorThreshold: null,
  latencyThreshold: null,
};

function commandOf(order: DeployOrder, { plan, thresholds }: ResolvedDeploy): DeployCommand {
  const { actor, reason, acknowledge, expected } = order;
  return { type: "deploy", actor, reason, acknowledge, expected, plan, thresholds };
}

/** In production somebody must have meant it; elsewhere whoever calls is asked by the command line only. */
function unconfirmedIn(production: boolean, plan: Plan, confirm: string | null): string | null {
  if (!production) return null;
  if (plan.dangerous && confirm !== "yes-i-am-sure")
    return `confirm: the plan "${plan.name}" gives everything to everybody at once: in production it needs "yes-i-am-sure"`;
  if (confirm === null) return 'confirm: this is production: it needs "yes"';
  return null;
}
