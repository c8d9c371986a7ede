import { type RequestHandler, Router } from "express";
import type { AlertOutcome } from "../../app/handle-alerts.ts";
import type { Clock, Recorder } from "../../app/ports.ts";
import type { Alert } from "../../domain/alert.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { readBody } from "./read-body.ts";
import { sendJson, sendProblem } from "./reply.ts";
import { parseWebhookBody, type RejectedAlert } from "./webhook-body.ts";

export interface WebhookOptions {
  readonly access: Access;
  readonly handleAlerts: (alerts: readonly Alert[], application?: string) => Promise<readonly AlertOutcome[]>;
  readonly recorder: Recorder;
  readonly observeWebhook: (seconds: number, status: number) => void;
  readonly clock: Clock;
  /** Bytes. */
  readonly maxBody: number;
  readonly onProblem: (error: unknown, requestId: string) => void;
}

/** Alertmanager's webhook. Its 200 means that what it asked for is committed. Grafana may PUT. */
export function webhookRouter(options: WebhookOptions): Router {
  const router = Router();
  const needsToken = options.access.needs("webhook");
  const receive = receiver(options);
  for (const path of ["/api/v1/alerts", "/api/v1/applications/:application/alerts"]) {
    router.route(path).post(needsToken, receive).put(needsToken, receive).all(onlyMethods("POST", "PUT"));
  }
  return router;
}

function receiver(options: WebhookOptions): RequestHandler<{ application?: string }> {
  const { handleAlerts, recorder, clock, maxBody, observeWebhook, onProblem } = options;
  return async (request, response) => {
    const started = process.hrtime.bigint();
    let status = 200;
    try {
      const bytes = await readBody(request, maxBody);
      const { alerts, rejected } = parseWebhookBody(bytes, clock.now());
      count(recorder, rejected);
      const outcomes = await handleAlerts(alerts, request.params.application);
      sendJson(response, { decisions: outcomes.map(brief), rejected });
    } catch (error) {
      onProblem(error, String(response.getHeader("X-Request-Id")));
      status = sendProblem(response, error);
    }
    observeWebhook(Number(process.hrtime.bigint() - started) / 1e9, status);
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
