import type { RequestListener } from "node:http";
import express, { type ErrorRequestHandler } from "express";
import type { FlagClients } from "../../app/flag-clients.ts";
import type { Policies } from "../../app/policies.ts";
import type { Logger } from "../../app/ports.ts";
import { applicationsRouter } from "./applications-router.ts";
import { explainRouter } from "./explain-router.ts";
import { type FlagStreamOptions, flagStreamRouter } from "./flag-stream-router.ts";
import { flagsRouter } from "./flags-router.ts";
import { type OfrepOptions, ofrepListener } from "./ofrep-listener.ts";
import { type OperationsOptions, operationsRouter } from "./operations-router.ts";
import { outboxRouter } from "./outbox-router.ts";
import { HttpProblem } from "./problem.ts";
import { sendProblem } from "./reply.ts";
import { type ReportsOptions, reportsRouter } from "./reports-router.ts";
import { requestIdOf, requestIds } from "./request-id.ts";
import { rollbacksRouter } from "./rollbacks-router.ts";
import { type RolloutOptions, rolloutRouter } from "./rollout-router.ts";
import { type StoreOptions, storeRouter } from "./store-router.ts";
import { type StreamOptions, streamRouter } from "./stream-router.ts";
import { type WebhookOptions, webhookRouter } from "./webhook-router.ts";

interface HttpOptions
  extends Omit<WebhookOptions, "onProblem">,
    Omit<OfrepOptions, "onProblem">,
    OperationsOptions,
    StoreOptions,
    RolloutOptions,
    Pick<ReportsOptions, "makeReport" | "renderReport">,
    Omit<FlagStreamOptions, "flagClients">,
    Pick<StreamOptions, "closing" | "maxStreams" | "streamPatience"> {
  readonly policies: Policies;
  readonly logger: Logger;
  readonly flagClients: Pick<FlagClients, "follow" | "count">;
}

export function createHttpApp(options: HttpOptions): RequestListener {
  const { logger } = options;
  const onProblem = (error: unknown, requestId: string): void => {
    try {
      logProblem(logger, error, requestId);
    } catch {
      // The sender gets its answer all the same.
    }
  };
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.use(webhookRouter({ ...options, onProblem }));
  app.use(applicationsRouter(options));
  app.use(flagsRouter(options));
  app.use(rolloutRouter(options));
  app.use(rollbacksRouter(options));
  app.use(outboxRouter(options));
  app.use(explainRouter(options));
  app.use(reportsRouter(options));
  app.use(streamRouter(options));
  app.use(flagStreamRouter(options));
  app.use(storeRouter(options));
  app.use(operationsRouter(options));
  app.use((request) => {
    throw new HttpProblem("not_found", `nothing is served at ${request.path.slice(0, 200)}; see docs/api.md`);
  });
  // All four parameters, or express takes it for no error handler. Its own one, which speaks HTML, is never reached.
  const answerProblem: ErrorRequestHandler = (error, _request, response, _next) => {
    const problem = asProblem(error);
    onProblem(problem, requestIdOf(response));
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  };
  app.use(answerProblem);
  const identify = requestIds();
  const answerOfrep = ofrepListener({ ...options, onProblem });
  return (request, response) => {
    identify(request, response);
    if (!answerOfrep(request, response)) app(request, response);
  };
}

/** Express itself refuses an address whose percent signs decode to nothing. */
function asProblem(error: unknown): unknown {
  return error instanceof URIError ? new HttpProblem("not_found", "the address is not well encoded") : error;
}

/** Errors are for what nobody foresaw; a store that is away is worth a warning; a bad request is its sender's. */
function logProblem(logger: Logger, error: unknown, requestId: string): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "store_unavailable" || code === "lock_timeout") {
    logger.warn({ requestId, code, err: error }, "request refused: the store");
  } else if (code === "overloaded") {
    logger.warn({ requestId, code, err: error }, "request refused: too many large bodies at once");
  } else if (
    error instanceof HttpProblem ||
    code === "bad_request" ||
    code?.toString().startsWith("unknown_")
  ) {
    logger.debug({ requestId, code, err: error }, "request refused");
  } else {
    logger.error({ requestId, err: error }, "request failed");
  }
}
