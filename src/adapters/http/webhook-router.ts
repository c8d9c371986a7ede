import { type RequestHandler, Router } from "express";
import type { AlertOutcome } from "../../app/handle-alerts.ts";
import type { Clock, Recorder } from "../../app/ports.ts";
import type { Alert } from "../../domain/alert.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { readBody } from "./read-body.ts";
import { sendJson, sendProblem } from "./reply.ts";
import { parseWebhookBody, type RejectedAlert, type WebhookBody } from "./webhook-body.ts";

export interface WebhookOptions {
  readonly access: Access;
  readonly handleAlerts: (alerts: readonly Alert[], application?: string) => Promise<readonly AlertOutcome[]>;
  readonly hearWatchdog: (alerts: readonly Alert[]) => readonly string[];
  readonly recorder: Recorder;
  readonly observeWebhook: (seconds: number, status: number) => void;
  readonly clock: Clock;
  /** Bytes. */
  readonly maxBody: number;
  readonly onProblem: (error: unknown, requestId: string) => void;
}

/**
 * Alertmanager's webhook, and the one of its dead man's switch. A 200 means that what was asked for is committed.
 * Grafana may PUT.
 */
export function webhookRouter(options: WebhookOptions): Router {
  const { access, handleAlerts, hearWatchdog } = options;
  const router = Router();
  const serve = (path: string, answer: Answer): void => {
    const receive = receiver(options, answer);
    const needsToken = access.needs("webhook");
    router.route(path).post(needsToken, receive).put(needsToken, receive).all(onlyMethods("POST", "PUT"));
  };
  const decide: Answer = async ({ alerts, rejected }, application) => {
    const outcomes = await handleAlerts(alerts, application);
    return { decisions: outcomes.map(brief), rejected };
  };
  serve("/api/v1/alerts", decide);
  serve("/api/v1/applications/:application/alerts", decide);
  serve("/api/v1/watchdog", async ({ alerts, rejected }) => ({ heard: hearWatchdog(alerts), rejected }));
  return router;
}

type Answer = (body: WebhookBody, application: string | undefined) => Promise<object>;

function receiver(options: WebhookOptions, answer: Answer): RequestHandler<{ application?: string }> {
  const { recorder, clock, maxBody, observeWebhook, onProblem } = options;
  return async (request, response) => {
    const started = performance.now();
    let status = 200;
    try {
      const body = parseWebhookBody(await readBody(request, maxBody), clock.now());
      count(recorder, body.rejected);
      sendJson(response, await answer(body, request.params.application));
    } catch (error) {
      onProblem(error, String(response.getHeader("X-Request-Id")));
      status = sendProblem(response, error);
    }
    observeWebhook((performance.now() - started) / 1_000, status);
  };
}

function count(recorder: Recorder, rejected: readonly RejectedAlert[]): void {
  for (const { reason } of rejected) {
    recorder.alertReceived("invalid");
    recorder.decided(reason, null);
  }
}

/** Fields without a value are left out. */
function brief({ fingerprint, alert, application, reason, rollback, revision }: AlertOutcome): object {
  return {
    fingerprint,
    alert,
    application,
    reason,
    ...(rollback === null ? {} : { rollback }),
    ...(revision === null ? {} : { revision }),
  };
}
