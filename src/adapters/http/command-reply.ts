import type { Request, Response } from "express";
import { type ApplicationView, describeApplication } from "../../app/describe-application.ts";
import { describeChanges, type FlagChangeView } from "../../app/describe-changes.ts";
import { policyNamed, type RunCommand, runCommand, tryCommand } from "../../app/run-command.ts";
import type { Command } from "../../domain/command.ts";
import type { NumberedDecision } from "../../domain/decide.ts";
import type { Decision } from "../../domain/decision.ts";
import type { Policy } from "../../domain/policy.ts";
import { actorOf } from "./access.ts";
import { expectedRevision } from "./if-match.ts";
import { HttpProblem } from "./problem.ts";
import { etag, sendJson } from "./reply.ts";

/** What only operators say. */
export type OperatorsOwn = Extract<Command, { readonly actor: string }>;

/** Who says it, why, and what they have seen. */
export function signed<P>(
  request: Request<P>,
  response: Response,
  { reason }: { readonly reason?: string | null | undefined },
): { actor: string; reason: string | null; expected: number | null } {
  return {
    actor: actorOf(response),
    reason: reason ?? null,
    expected: expectedRevision(request.headers["if-match"]),
  };
}

/**
 * Runs a command, or tells what it would do. A 200 means that it is committed; what is refused changed nothing.
 * @param more what the answer to a command that was done has besides
 */
export async function answerCommand<P extends { application: string }>(
  options: RunCommand,
  request: Request<P>,
  response: Response,
  command: OperatorsOwn,
  dryRun: boolean,
  more: (view: ApplicationView) => object | undefined = () => undefined,
): Promise<void> {
  const { application } = request.params;
  if (!dryRun) {
    await sendDone(options, response, application, await runCommand(options, application, command), more);
    return;
  }
  const decision = await tryCommand(options, application, command);
  const { reason, detail, events } = decision;
  const flags = changesIn(decision, policyNamed(options.policies, application));
  const traffic = events.find((event) => event.traffic !== null)?.traffic ?? null;
  const would = { reason, detail, ...warningIn(decision) };
  sendJson(response, { application, reason: "dry_run", would, traffic, flags });
}

export async function sendDone(
  { policies, store, clock }: RunCommand,
  response: Response,
  application: string,
  { decision, revision }: NumberedDecision,
  more: (view: ApplicationView) => object | undefined = () => undefined,
): Promise<void> {
  const { reason, detail } = decision;
  if (reason === "refused") throw new HttpProblem("refused", detail ?? "refused");
  const state = await store.read(application);
  const policy = policyNamed(policies, application);
  const view = describeApplication(policy, state, clock.now(application));
  const { rollout, rollback, traffic } = view;
  const flags = changesIn(decision, policy);
  const now = revision ?? state.revision;
  sendJson(
    response,
    {
      ...more(view),
      application,
      reason,
      detail,
      ...warningIn(decision),
      revision: now,
      traffic,
      flags,
      rollout,
      rollback,
    },
    { headers: etag(now) },
  );
}

function changesIn({ events }: Decision, policy: Policy): FlagChangeView[] {
  return describeChanges(
    events.flatMap(({ flags }) => flags),
    policy,
  );
}

function warningIn({ warning }: Decision): { warning?: string } {
  return warning === undefined ? {} : { warning };
}
