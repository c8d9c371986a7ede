import { type Request, type RequestHandler, type Response, Router } from "express";
import { describeExplanations } from "../../app/explain.ts";
import type { Policies } from "../../app/policies.ts";
import type { Clock, StateStore } from "../../app/ports.ts";
import { policyNamed } from "../../app/run-command.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJson } from "./reply.ts";

interface ExplainOptions {
  readonly access: Access;
  readonly policies: Policies;
  readonly store: StateStore;
  readonly clock: Clock;
}

/** What alerts would do if they fired now, in words. Nothing is committed. */
export function explainRouter({ access, policies, store, clock }: ExplainOptions): Router {
  const router = Router();
  router
    .route("/api/v1/applications/:application/explain")
    .get(
      access.needs("viewer") as RequestHandler<never>,
      async (request: Request<{ application: string }>, response: Response) => {
        const { application } = request.params;
        const policy = policyNamed(policies, application);
        const alert = alertNamed(request.query.alert);
        const state = await store.read(application);
        sendJson(response, describeExplanations(policy, state, clock.now(application), alert));
      },
    )
    .all(onlyMethods("GET"));
  return router;
}

function alertNamed(asked: unknown): string | undefined {
  if (asked === undefined) return undefined;
  if (typeof asked === "string" && asked !== "") return asked;
  throw new HttpProblem("invalid_request", "alert: expected the name of one alert");
}
