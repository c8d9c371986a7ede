import { type RequestHandler, type Response, Router } from "express";
import { type Approve, approve } from "../../app/approve.ts";
import {
  type Deploy,
  type DeployOrder,
  type DeployResult,
  deploy,
  planDeploy,
  preflightNow,
  retry,
} from "../../app/deploy.ts";
import { describeSchedule } from "../../app/describe-schedule.ts";
import { policyNamed } from "../../app/run-command.ts";
import type { Access } from "./access.ts";
import { deployBody, restoreBody, retryBody, rolloutBody } from "./command-body.ts";
import { CommandReader } from "./command-reader.ts";
import { answerCommand, sendDone, signed } from "./command-reply.ts";
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
      if (type !== "approve" || body.dryRun)
        await answerCommand(options, request, response, command, body.dryRun);
      else await sendDone(options, response, application, await approve(options, application, command));
    });
  }

  post("retry", async (request, response) => {
    const body = await bodies.read(request, retryBody);
    const { acknowledge, dryRun, confirm } = body;
    const command = { type: "retry" as const, ...signed(request, response, body), acknowledge };
    if (dryRun) await answerCommand(options, request, response, command, dryRun);
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
    await answerCommand(options, request, response, command, dryRun);
  });

  post("preflight", async (request, response) => {
    const { application } = request.params;
    sendJson(response, {
      application,
      ...(await preflightNow(options, application)),
    });
  });

  return router;
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
    schedule: describeSchedule(schedule, policyNamed(options.policies, application)),
    preflight,
  });
}

function invalid(problems: readonly string[]): HttpProblem {
  return new HttpProblem("invalid_request", problems.join("; "), {}, { problems });
}
