import { type Request, type RequestHandler, type Response, Router } from "express";
import { describeRollback, describeTimeline } from "../../app/describe-rollback.ts";
import { eventsOfRollback } from "../../app/rollback-events.ts";
import { policyNamed, type RunCommand } from "../../app/run-command.ts";
import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Access } from "./access.ts";
import { acknowledgeBody, rollbackBody, shutdownBody } from "./command-body.ts";
import { CommandReader } from "./command-reader.ts";
import { answerCommand, signed } from "./command-reply.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJson } from "./reply.ts";

export interface RollbacksOptions extends RunCommand {
  readonly access: Access;
}

type Named = { application: string };
type One = Named & { id: string };

const BASE = "/api/v1/applications/:application";

/** Rollbacks: what they did and whether it helped, by hand, and acknowledged. */
export function rollbacksRouter(options: RollbacksOptions): Router {
  const { access, policies, store } = options;
  const router = Router();
  const bodies = new CommandReader();
  const viewer = access.needs("viewer") as RequestHandler<never>;
  const operator = access.needs("operator") as RequestHandler<never>;

  router
    .route(`${BASE}/rollbacks`)
    .get(viewer, async (request: Request<Named>, response: Response) => {
      const { application } = request.params;
      policyNamed(policies, application);
      const rollbacks = all(await store.read(application)).map(describeRollback);
      sendJson(response, { application, rollbacks });
    })
    .post(operator, async (request: Request<Named>, response: Response) => {
      policyNamed(policies, request.params.application);
      const body = await bodies.read(request, rollbackBody);
      const { tier, flags, phase = null, shutdown, dryRun } = body;
      if (shutdown && !dryRun && body.confirm === null)
        throw new HttpProblem(
          "invalid_request",
          'confirm: a shutdown turns everything off for everybody: it needs "yes"',
        );
      const command = {
        type: "rollback" as const,
        ...signed(request, response, body),
        tier,
        flags,
        phase,
        shutdown,
      };
      await answerCommand(options, request, response, command, dryRun);
    })
    .all(onlyMethods("GET", "POST"));

  router
    .route(`${BASE}/rollbacks/:id`)
    .get(viewer, async (request: Request<One>, response: Response) => {
      const { application, id } = request.params;
      const policy = policyNamed(policies, application);
      const state = await store.read(application);
      const rollback = all(state).find((each) => each.id === id);
      if (rollback === undefined) throw new HttpProblem("not_found", notFound(application, id));
      const events = await eventsOfRollback(store, application, state, rollback);
      sendJson(response, { application, ...describeTimeline(policy, state, rollback, events) });
    })
    .all(onlyMethods("GET"));

  router
    .route(`${BASE}/rollbacks/:id/acknowledge`)
    .post(operator, async (request: Request<One>, response: Response) => {
      policyNamed(policies, request.params.application);
      const body = await bodies.read(request, acknowledgeBody);
      const { force, dryRun } = body;
      const signature = signed(request, response, body);
      const command = { type: "acknowledge" as const, ...signature, rollback: request.params.id, force };
      await answerCommand(options, request, response, command, dryRun);
    })
    .all(onlyMethods("POST"));

  router
    .route(`${BASE}/shutdown`)
    .post(operator, async (request: Request<Named>, response: Response) => {
      policyNamed(policies, request.params.application);
      const body = await bodies.read(request, shutdownBody);
      const { on, dryRun } = body;
      if (!dryRun && body.confirm === null)
        throw new HttpProblem(
          "invalid_request",
          'confirm: the kill switch is for everybody at once: it needs "yes"',
        );
      const command = { type: "shutdown" as const, ...signed(request, response, body), on };
      await answerCommand(options, request, response, command, dryRun);
    })
    .all(onlyMethods("POST"));

  return router;
}

/** Newest first. */
function all({ rollback, past }: ApplicationState): (Rollback | PastRollback)[] {
  return [...(rollback === null ? [] : [rollback]), ...[...past].reverse()];
}

function notFound(application: string, id: string): string {
  return `"${application}" remembers no rollback "${id.slice(0, 100)}"; the ledger has all of them, under events`;
}
