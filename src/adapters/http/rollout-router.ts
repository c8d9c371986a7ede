import { type Request, type RequestHandler, type Response, Router } from "express";
import { type Approve, approve } from "../../app/approve.ts";
import {
  type Deploy,
  type DeployOrder,
  type DeployResult,
  deploy,
  planDeploy,
  retry,
} from "../../app/deploy.ts";
import { describeApplication } from "../../app/describe-application.ts";
import { describeSchedule } from "../../app/describe-schedule.ts";
import { policyNamed, runCommand, tryCommand } from "../../app/run-command.ts";
import type { Command } from "../../domain/command.ts";
import type { NumberedDecision } from "../../domain/decide.ts";
import type { Decision } from "../../domain/decision.ts";
import { type Access, actorOf } from "./access.ts";
import { deployBody, restoreBody, retryBody, rolloutBody } from "./command-body.ts";
import { CommandReader } from "./command-reader.ts";
import { expectedRevision } from "./if-match.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJson } from "./reply.ts";

export interface RolloutOptions extends Deploy, Approve {
  readonly access: Access;
}

type Named = { application: string };

const ROLLOUT_COMMANDS = ["pause", "resume", "abort", "approve"] as const;

/** What operators do to rollouts. A 200 means that it is committed; what is refused changed nothing. */
export function rolloutRouter(options: RolloutOptions): Router {
  const { access } = options;
  const router = Router();
  const bodies = new CommandReader();
  const at = (verb: string): string => `/api/v1/applications/:application/${verb}`;
  const post = (verb: string, answer: RequestHandler<Named>): void => {
    const needsOperator = access.needs("operator") as RequestHandler<Named>;
    router.post<Named>(at(verb), needsOperator, (request, response, next) => {
      policyNamed(options.policies, request.params.application);
      return answer(request, response, next);
    });
    router.all(at(verb), onlyMethods("POST"));
  };
  const run = async (request: Request<Named>, response: Response, dryRun: boolean, command: OperatorsOwn) => {
    const { application } = request.params;
    if (dryRun) sendTried(response, application, await tryCommand(options, application, command));
    else await sendDone(options, response, application, await runCommand(options, application, command));
  };

  post("deploy", async (request, response) => {
    const { application } = request.params;
    const body = await bodies.read(request, deployBody);
    const order: DeployOrder = {
      ...signed(request, response, body),
      acknowledge: body.acknowledge,
      confirm: body.confirm,
      plan: body.plan ?? null,
      steps: body.steps ?? null,
      wait: body.wait ?? null,
      targetPercentage: body.targetPercentage ?? null,
      errorThreshold: body.errorThreshold ?? null,
      latencyThreshold: body.latencyThreshold ?? null,
    };
    if (body.dryRun) await sendPlanned(options, response, application, order);
    else await sendStarted(options, response, application, await deploy(options, application, order));
  });

  for (const type of ROLLOUT_COMMANDS) {
    post(type, async (request, response) => {
      const { application } = request.params;
      const body = await bodies.read(request, rolloutBody);
      const command = { type, ...signed(request, response, body) };
      if (type !== "approve" || body.dryRun) await run(request, response, body.dryRun, command);
      else await sendDone(options, response, application, await approve(options, application, command));
    });
  }

  post("retry", async (request, response) => {
    const body = await bodies.read(request, retryBody);
    const { acknowledge, dryRun, confirm } = body;
    const command = { type: "retry" as const, ...signed(request, response, body), acknowledge };
    if (dryRun) await run(request, response, dryRun, command);
    else {
      const { application } = request.params;
      await sendStarted(options, response, application, await retry(options, application, command, confirm));
    }
  });

  post("restore", async (request, response) => {
    const body = await bodies.read(request, restoreBody);
    if (options.production && !body.dryRun && body.confirm === null)
      throw invalid(['confirm: this is production: it needs "yes"']);
    const settings = new Map(
      body.flags.map(({ key, enabled, rolloutPercentage }) => [key, { enabled, rolloutPercentage }]),
    );
    const { acknowledge, dryRun } = body;
    const command = { type: "restore" as const, ...signed(request, response, body), acknowledge, settings };
    await run(request, response, dryRun, command);
  });

  post("preflight", async (request, response) => {
    const { application } = request.params;
    sendJson(response, {
      application,
      ...(await options.preflight(policyNamed(options.policies, application))),
    });
  });

  return router;
}

type OperatorsOwn = Extract<Command, { readonly actor: string }>;

function signed(
  request: Request<Named>,
  response: Response,
  { reason }: { readonly reason?: string | null | undefined },
): { actor: string; reason: string | null; expected: number | null } {
  return {
    actor: actorOf(response),
    reason: reason ?? null,
    expected: expectedRevision(request.headers["if-match"]),
  };
}

async function sendStarted(
  options: RolloutOptions,
  response: Response,
  application: string,
  result: DeployResult,
): Promise<void> {
  if (result.kind === "invalid") throw invalid(result.problems);
  if (result.kind === "not_ready") {
    const failed = result.preflight.checks.filter(({ status }) => status === "fail");
    const detail = failed.map(({ name, detail: why, fix }) => `${name}: ${why}; ${fix}`).join("\n");
    throw new HttpProblem("preflight_failed", detail, {}, { preflight: result.preflight });
  }
  await sendDone(options, response, application, result.numbered);
}

async function sendPlanned(
  options: RolloutOptions,
  response: Response,
  application: string,
  order: DeployOrder,
): Promise<void> {
  const result = await planDeploy(options, application, order);
  if (result.kind === "invalid") throw invalid(result.problems);
  const { decision, plan, dangerous, schedule, preflight } = result;
  sendJson(response, {
    application,
    reason: "dry_run",
    would: { reason: decision.reason, detail: decision.detail },
    plan,
    dangerous,
    production: options.production,
    schedule: describeSchedule(schedule),
    preflight,
  });
}

function invalid(problems: readonly string[]): HttpProblem {
  return new HttpProblem("invalid_request", problems.join("; "), {}, { problems });
}

function sendTried(response: Response, application: string, { reason, detail, events }: Decision): void {
  const flags = events.flatMap((event) => event.flags);
  sendJson(response, { application, reason: "dry_run", would: { reason, detail }, flags });
}

async function sendDone(
  { policies, store, clock }: RolloutOptions,
  response: Response,
  application: string,
  { decision, revision }: NumberedDecision,
): Promise<void> {
  const { reason, detail, events } = decision;
  if (reason === "refused") throw new HttpProblem("refused", detail ?? "refused");
  const state = await store.read(application);
  const { rollout, traffic } = describeApplication(policyNamed(policies, application), state, clock.now());
  const flags = events.flatMap((event) => event.flags);
  sendJson(
    response,
    { application, reason, detail, revision: revision ?? state.revision, traffic, flags, rollout },
    { headers: { ETag: `"${revision ?? state.revision}"` } },
  );
}
