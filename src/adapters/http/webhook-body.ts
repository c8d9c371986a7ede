import type { Truncation } from "../../app/intake-notices.ts";
import { short } from "../../app/outside-labels.ts";
import type { Alert } from "../../domain/alert.ts";
import { jsonText } from "./json-text.ts";
import { HttpProblem } from "./problem.ts";
import { isObject, parseAlert } from "./webhook-alert.ts";

/** What is read at all: beyond these a body of a few megabytes would stop the server for seconds. */
const MAX_ALERTS = 100_000;
const MAX_JSON_VALUES = 2_000_000;
/** More cut off than that no Alertmanager holds: a counter takes no infinity, and must not lose the alerts of the body for it. */
const MAX_TRUNCATED = 1_000_000;
/** Rejected members that are told one by one. */
const MAX_LISTED = 100;

export interface WebhookBody {
  readonly alerts: readonly Alert[];
  /** Absent: the body is whole. */
  readonly truncation: Truncation | undefined;
  /** The first hundred of them. */
  readonly rejected: readonly RejectedAlert[];
  /** All of them. */
  readonly rejectedCount: number;
}

/** A member of a body that is no alert, or whose time makes no sense: that one, and the others, are acted on all the same. */
export interface RejectedAlert {
  /** Its place in the body's `alerts`, from 0. */
  readonly index: number;
  readonly reason: "invalid_alert";
  readonly detail: string;
}

/**
 * Reads Alertmanager's webhook body, version 4, and Grafana's variant of it. Unknown fields are welcome.
 * @param now milliseconds; stands in for a missing or senseless `startsAt`
 * @param whyNot says of an alert why it does not belong here; null: it does
 * @throws HttpProblem `invalid_json`, `invalid_body`, `prometheus_posted_here`, `payload_too_large`
 */
export function parseWebhookBody(
  bytes: Buffer,
  now: number,
  whyNot: (alert: Alert) => string | null = () => null,
): WebhookBody {
  const alerts: Alert[] = [];
  const rejected: RejectedAlert[] = [];
  let rejectedCount = 0;
  let index = 0;
  const reject = (detail: string): null => {
    rejectedCount += 1;
    if (rejectedCount <= MAX_LISTED) rejected.push({ index, reason: "invalid_alert", detail });
    return null;
  };
  const body = bodyOf(parseJson(bytes));
  for (const member of body.alerts) {
    const alert = parseAlert(member, now, reject);
    const wrong = alert === null ? null : whyNot(alert);
    if (wrong !== null) reject(wrong);
    else if (alert !== null) alerts.push(alert);
    index += 1;
  }
  return { alerts, truncation: truncationIn(body), rejected, rejectedCount };
}

function parseJson(bytes: Buffer): unknown {
  refuseTooManyValues(bytes);
  try {
    return JSON.parse(jsonText(bytes));
  } catch (error) {
    throw new HttpProblem("invalid_json", `the body is no JSON: ${short((error as Error).message)}`);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;

/** Counts what makes JSON dear to read. Only a large body is looked at: a small one has no room for so much. */
function refuseTooManyValues(bytes: Buffer): void {
  if (bytes.length <= MAX_JSON_VALUES) return;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if (byte === COMMA || byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      values += 1;
      if (values > MAX_JSON_VALUES) throw tooMany(`${MAX_JSON_VALUES} JSON values`);
    }
  }
}

function endOfText(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

type Body = Readonly<Record<string, unknown>> & { readonly alerts: readonly unknown[] };

function bodyOf(json: unknown): Body {
  if (Array.isArray(json)) {
    throw new HttpProblem(
      "prometheus_posted_here",
      "the body is a bare array: Prometheus is pointed straight here; point it at Alertmanager",
    );
  }
  if (!isObject(json)) throw new HttpProblem("invalid_body", "expected an object");
  // Whatever it calls its version: a payload of somebody's own says 4 where Alertmanager says "4".
  const { alerts } = json;
  if (!Array.isArray(alerts)) throw new HttpProblem("invalid_body", "alerts: expected an array");
  if (alerts.length > MAX_ALERTS) throw tooMany(`${MAX_ALERTS} alerts`);
  return json as Body;
}

/** The body's own labels are those of its whole group. */
function truncationIn({ truncatedAlerts, receiver, commonLabels }: Body): Truncation | undefined {
  if (typeof truncatedAlerts !== "number" || !(truncatedAlerts > 0)) return undefined;
  const application = isObject(commonLabels) ? commonLabels.application : null;
  return {
    alerts: Math.min(Math.ceil(truncatedAlerts), MAX_TRUNCATED),
    receiver: textOf(receiver),
    application: textOf(application),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? short(value) : null;
}

function tooMany(what: string): HttpProblem {
  return new HttpProblem(
    "payload_too_large",
    `the body has more than ${what}; set max_alerts in Alertmanager`,
  );
}
