import { Router } from "express";
import type { StateStore } from "../../app/ports.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJson } from "./reply.ts";

export interface OperationsOptions {
  readonly access: Access;
  readonly store: StateStore;
  readonly metrics: MetricsText;
  /** Rejects with why no rollback could be committed now. */
  readonly ready: () => Promise<void>;
  /** True once the server is being stopped: nobody should send it anything new. */
  readonly stopping: () => boolean;
  /** Reads the policies again; every problem in them as `file:line:column: message`, none when they are in force. */
  readonly reloadPolicies: () => Promise<readonly string[]>;
}

export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** What the people and programs that run Rollguard ask of it, by the names that Prometheus uses. */
export function operationsRouter(options: OperationsOptions): Router {
  const { access, store, metrics, ready, stopping, reloadPolicies } = options;
  const router = Router();

  router
    .route("/metrics")
    .get(async (_request, response) => {
      const text = await metrics.text();
      response.writeHead(200, { "Content-Type": metrics.contentType }).end(text);
    })
    .all(onlyMethods("GET"));

  router
    .route("/-/healthy")
    .get((_request, response) => sendJson(response, { status: "healthy" }))
    .all(onlyMethods("GET"));

  router
    .route("/-/ready")
    .get(async (_request, response) => {
      if (stopping()) throw new HttpProblem("not_ready", "the server is being stopped");
      await ready();
      sendJson(response, { status: "ready", store: store.kind });
    })
    .all(onlyMethods("GET"));

  router
    .route("/-/reload")
    .post(access.needs("operator"), async (_request, response) => {
      const problems = await reloadPolicies();
      if (problems.length > 0) {
        throw new HttpProblem("invalid_policy", `the old policy stays in force:\n${problems.join("\n")}`);
      }
      sendJson(response, { status: "reloaded" });
    })
    .all(onlyMethods("POST"));

  return router;
}
