import type { Command } from "../domain/command.ts";
import { decide, type NumberedDecision } from "../domain/decide.ts";
import type { Decision } from "../domain/decision.ts";
import { RollguardError } from "../domain/errors.ts";
import type { Policy } from "../domain/policy.ts";
import type { Lanes } from "./lanes.ts";
import { logDecision } from "./log-decision.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, Recorder, StateStore } from "./ports.ts";

export interface RunCommand {
  readonly policies: Policies;
  readonly lanes: Lanes;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly logger: Logger;
}

/**
 * An operator's command: decided and committed when this resolves, or refused and nothing changed.
 * @param before decided in the same commit, ahead of it
 */
export async function runCommand(
  { lanes, recorder, logger }: RunCommand,
  application: string,
  command: Command & { readonly actor: string },
  before: readonly Command[] = [],
): Promise<NumberedDecision> {
  const numbered = (await lanes.submit(application, [...before, command])).at(-1);
  if (numbered === undefined) throw new TypeError("one command has one decision");
  const { decision, revision } = numbered;
  const { reason, tier, detail } = decision;
  if (reason !== null) recorder.decided(reason, tier);
  const { type, actor } = command;
  logDecision(logger, "command decided", decision, {
    application,
    command: type,
    actor,
    reason,
    detail,
    revision,
  });
  return numbered;
}

/** What a command would do now, with nobody committing. */
export async function foresee(
  { policies, store, clock }: Pick<RunCommand, "policies" | "store" | "clock">,
  application: string,
  command: Command,
): Promise<Decision> {
  const policy = policyNamed(policies, application);
  return decide(await store.read(application), command, policy, clock.now(application));
}

/** The same for somebody who asked for nothing else. */
export async function tryCommand(
  tools: Pick<RunCommand, "policies" | "store" | "clock" | "recorder">,
  application: string,
  command: Command,
): Promise<Decision> {
  const decision = await foresee(tools, application, command);
  tools.recorder.decided("dry_run", null);
  return decision;
}

/** @throws RollguardError `unknown_application` */
export function policyNamed(policies: Policies, application: string): Policy {
  const policy = policies.get(application);
  if (policy !== undefined) return policy;
  throw new RollguardError("unknown_application", `no policy names the application "${application}"`);
}
