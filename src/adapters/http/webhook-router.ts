import { type RequestHandler, Router } from "express";
import type { AlertOutcome } from "../../app/alert-outcome.ts";
import type { Envelope } from "../../app/handle-alerts.ts";
import { whyNoWatchdog } from "../../app/hear-watchdog.ts";
import type { Clock, Recorder } from "../../app/ports.ts";
import type { Alert } from "../../domain/alert.ts";
import type { Access } from "./access.ts";
import { BodyBudget } from "./body-budget.ts";
import { collectAfter } from "./collect-garbage.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { sendJson, sendProblem } from "./reply.ts";
import { parseWebhookBody, type WebhookBody } from "./webhook-body.ts";

export interface WebhookOptions {
  readonly access: Access;
  readonly handleAlerts: (alerts: readonly Alert[], envelope: Envelope) => Promise<readonly AlertOutcome[]>;
  readonly hearWatchdog: (alerts: readonly Alert[]) => Promise<readonly string[]>;
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
  const budget = new BodyBudget(options.maxBody);
  const serve = (path: RegExp, answer: Answer, whyNot?: (alert: Alert) => string | null): void => {
    const receive = receiver(options, budget, answer, whyNot);
    const needsToken = access.needs("webhook");
    router.route(path).post(needsToken, receive).put(needsToken, receive).all(onlyMethods("POST", "PUT"));
  };
  const decide: Answer = async (body, application) => {
    const { alerts, truncation } = body;
    const outcomes = await handleAlerts(alerts, { application, truncation });
    return { decisions: outcomes.map(brief), ...refused(body) };
  };
  serve(ALERTS, decide);
  const hear: Answer = async (body) => ({ heard: await hearWatchdog(body.alerts), ...refused(body) });
  serve(WATCHDOG, hear, whyNoWatchdog);
  return router;
}

/**
 * Alertmanager (≥ 0.31) fills templates in: a label that is missing leaves two slashes, one with a slash in it leaves more
 * parts, and a 404 would lose the alerts. Two slashes at the beginning come of an address that ends with one.
 */
const ALERTS = /^\/+api\/v1\/(?:applications\/(?<application>.*)\/)?alerts\/?$/i;
const WATCHDOG = /^\/+api\/v1\/watchdog\/?$/i;

type Answer = (body: WebhookBody, application: string | undefined) => Promise<object>;

function receiver(
  options: WebhookOptions,
  budget: BodyBudget,
  answer: Answer,
  whyNot?: (alert: Alert) => string | null,
): RequestHandler<{ application?: string }> {
  const { recorder, clock, maxBody, observeWebhook, onProblem } = options;
  return async (request, response) => {
    const started = performance.now();
    const share = budget.open();
    let status = 200;
    try {
      const body = parseWebhookBody(await readBody(request, { limit: maxBody, share }), clock.now(), whyNot);
      count(recorder, body.rejectedCount);
      sendJson(response, await answer(body, request.params.application?.trim() || undefined));
    } catch (error) {
      onProblem(error, String(response.getHeader("X-Request-Id")));
      status = isHangUp(error) ? HANG_UP : sendProblem(response, error);
    } finally {
      share.giveBack();
    }
    observeWebhook((performance.now() - started) / 1_000, status);
    collectAfter(Number(request.headers["content-length"] ?? 0));
  };
}

/** Nobody is there to read a reply: this is for the metric alone. */
const HANG_UP = 499;

function isHangUp(error: unknown): boolean {
  return error instanceof HttpProblem && error.code === "client_closed_request";
}

function count(recorder: Recorder, rejected: number): void {
  for (let counted = 0; counted < rejected; counted += 1) {
    recorder.alertReceived("invalid");
    recorder.decided("invalid_alert", null);
  }
}

function refused({ rejected, rejectedCount }: WebhookBody): object {
  return rejectedCount > rejected.length ? { rejected, rejectedCount } : { rejected };
}

/** Fields without a value are left out of the JSON. There may be thousands: each is one object, and no more. */
function brief(outcome: AlertOutcome): object {
  const { fingerprint, alert, application, reason, rollback, revision, warning } = outcome;
  return {
    fingerprint,
    alert,
    application,
    reason,
    rollback: rollback ?? undefined,
    revision: revision ?? undefined,
    warning,
  };
}
