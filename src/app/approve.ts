import type { Command, RolloutCommand } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Policy } from "../domain/policy.ts";
import { isActive } from "../domain/rollout.ts";
import type { ApplicationState } from "../domain/state.ts";
import { policyNamed, type RunCommand, runCommand } from "./run-command.ts";

export interface Approve extends RunCommand {
  readonly gatherEvidence: (policy: Policy, state: ApplicationState) => Promise<Evidence>;
}

/**
 * An approval is given on what is seen now, not on what was seen a while ago: it is looked first, and what that finds,
 * red or nothing, is decided before the approval is.
 */
export async function approve(
  tools: Approve,
  application: string,
  command: RolloutCommand,
): Promise<NumberedDecision> {
  const policy = policyNamed(tools.policies, application);
  const state = await tools.store.read(application);
  const waits = state.rollout?.hold?.kind === "approval" || state.rollout?.hold?.kind === "not_enough";
  if (!isActive(state.rollout) || !waits || state.rollout.pausedAt !== null)
    return await runCommand(tools, application, command);
  const evidence = await tools.gatherEvidence(policy, state);
  const look: Command = { type: "check", evidence, early: true };
  return await runCommand(tools, application, command, [look]);
}
