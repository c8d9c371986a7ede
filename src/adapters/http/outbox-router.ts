import { type Request, type RequestHandler, type Response, Router } from "express";
import { describeOutbox } from "../../app/describe-outbox.ts";
import { isOutboxId } from "../../app/outbox-id.ts";
import type { Policies } from "../../app/policies.ts";
import type { Logger, StateStore } from "../../app/ports.ts";
import { policyNamed } from "../../app/run-command.ts";
import { RollguardError } from "../../domain/errors.ts";
import { type Access, actorOf } from "./access.ts";
import { outboxBody } from "./command-body.ts";
import { CommandReader } from "./command-reader.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJson } from "./reply.ts";
import { wholeNumber } from "./whole-number.ts";

interface OutboxOptions {
  readonly access: Access;
  readonly policies: Policies;
  readonly store: StateStore;
  readonly logger: Logger;
}

type Named = { application: string };
type One = Named & { id: string };

const DEFAULT_ENTRIES = 100;
const MAX_ENTRIES = 1_000;
const BASE = "/api/v1/applications/:application/outbox";

/** What an operator can do to a message, and how that is called when it is done. */
const VERBS = { retry: "retried", drop: "dropped" } as const;

/** Messages on their way to people: which wait, which are dead, and what operators do about it. */
export function outboxRouter({ access, policies, store, logger }: OutboxOptions): Router {
  const router = Router();
  const bodies = new CommandReader();
  const viewer = access.needs("viewer") as RequestHandler<never>;
  const operator = access.needs("operator") as RequestHandler<never>;

  router
    .route(BASE)
    .get(viewer, async (request: Request<Named>, response: Response) => {
      const { application } = request.params;
      policyNamed(policies, application);
      const { query } = request;
      const after = idIn(query.after);
      const limit = wholeNumber(query.limit, "limit", { least: 1, most: MAX_ENTRIES }) ?? DEFAULT_ENTRIES;
      const entries = await store.outbox.list(application, {
        ...(after === undefined ? {} : { after }),
        limit,
      });
      const depth = await store.outbox.depth(application);
      sendJson(response, { application, ...describeOutbox(depth, entries) });
    })
    .all(onlyMethods("GET"));

  for (const verb of ["retry", "drop"] as const) {
    router
      .route(`${BASE}/:id/${verb}`)
      .post(operator, async (request: Request<One>, response: Response) => {
        const { application, id } = request.params;
        policyNamed(policies, application);
        const { reason = null } = await bodies.read(request, outboxBody);
        if (!(await store.outbox[verb](application, id)))
          throw new HttpProblem("not_found", notFound(application, id));
        // No event: the ledger is of the application, and this is about who is told of it.
        const done = VERBS[verb];
        logger.info({ application, id, operator: actorOf(response), reason }, `outbox: message ${done}`);
        sendJson(response, { application, id, done });
      })
      .all(onlyMethods("POST"));
  }

  return router;
}

function notFound(application: string, id: string): string {
  return `the outbox of "${application}" has no message "${id.slice(0, 100)}": it was delivered or dropped, or there never was one`;
}

function idIn(after: unknown): string | undefined {
  if (after === undefined) return undefined;
  if (typeof after === "string" && isOutboxId(after)) return after;
  throw new RollguardError("bad_request", "after: expected the id of a message, such as 12-0");
}
