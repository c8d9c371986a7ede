import { z } from "zod";
import { textsIn } from "../../app/alert-texts.ts";
import { keptLabels, labelOf, short } from "../../app/outside-labels.ts";
import type { Alert } from "../../domain/alert.ts";
import { fingerprintOf } from "../../domain/fingerprint.ts";
import type { Instant } from "../../domain/time.ts";
import { HttpProblem } from "./problem.ts";

const MAX_FINGERPRINT = 128;

/** What is read at all: beyond these a body of a few megabytes would stop the server for seconds. */
const MAX_ALERTS = 100_000;
const MAX_JSON_VALUES = 2_000_000;
const MAX_READ_LABELS = 1_000;
/** Rejected members that are told one by one. */
const MAX_LISTED = 100;

const webhookSchema = z.object(
  {
    /** `4` from Alertmanager, `1` from Grafana. */
    version: z.string("expected a string").optional(),
    alerts: z.array(z.unknown(), "expected an array"),
  },
  "expected an object",
);

export interface WebhookBody {
  readonly alerts: readonly Alert[];
  /** The first hundred of them. */
  readonly rejected: readonly RejectedAlert[];
  /** All of them. */
  readonly rejectedCount: number;
}

/** A member of a body that is no alert; the others are acted on all the same. */
export interface RejectedAlert {
  /** Its place in the body's `alerts`, from 0. */
  readonly index: number;
  readonly reason: "invalid_alert";
  readonly detail: string;
}

/**
 * Reads Alertmanager's webhook body, version 4, and Grafana's variant of it. Unknown fields are welcome.
 * @param now milliseconds; stands in for a missing `startsAt`
 * @throws HttpProblem `invalid_json`, `invalid_body`, `prometheus_posted_here`, `payload_too_large`
 */
export function parseWebhookBody(bytes: Buffer, now: number): WebhookBody {
  const alerts: Alert[] = [];
  const rejected: RejectedAlert[] = [];
  let rejectedCount = 0;
  for (const [index, member] of membersOf(parseJson(bytes)).entries()) {
    const alert = parseAlert(member, now);
    if (typeof alert !== "string") alerts.push(alert);
    else {
      rejectedCount += 1;
      if (rejectedCount <= MAX_LISTED) rejected.push({ index, reason: "invalid_alert", detail: alert });
    }
  }
  return { alerts, rejected, rejectedCount };
}

function parseJson(bytes: Buffer): unknown {
  refuseTooManyValues(bytes);
  try {
    return JSON.parse(bytes.toString("utf8"));
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

function membersOf(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) {
    throw new HttpProblem(
      "prometheus_posted_here",
      "the body is a bare array: Prometheus is pointed straight here; point it at Alertmanager",
    );
  }
  const body = webhookSchema.safeParse(json);
  if (!body.success) throw new HttpProblem("invalid_body", explain(body.error));
  const { alerts } = body.data;
  if (alerts.length > MAX_ALERTS) throw tooMany(`${MAX_ALERTS} alerts`);
  return alerts;
}

function tooMany(what: string): HttpProblem {
  return new HttpProblem(
    "payload_too_large",
    `the body has more than ${what}; set max_alerts in Alertmanager`,
  );
}

/**
 * The alert, or why it is none. By hand: what a schema tells of a bad member takes 20 µs, and a body may hold a
 * hundred thousand of them while somebody's rollback waits behind it.
 */
function parseAlert(member: unknown, now: number): Alert | string {
  if (!isObject(member)) return "expected an object";
  const { status, labels, startsAt, fingerprint, annotations } = member;
  if (status !== "firing" && status !== "resolved") return 'status: expected "firing" or "resolved"';
  if (!isObject(labels)) return "labels: expected an object of strings";
  const wrong = whatIsWrongWith(labels);
  if (wrong !== null) return `labels: ${wrong}`;
  if (!isAbsent(startsAt) && !isRfc3339(startsAt))
    return "startsAt: expected a time such as 2026-01-31T03:00:00Z";
  if (!isAbsent(fingerprint) && typeof fingerprint !== "string") return "fingerprint: expected a string";
  const texts = labels as Record<string, string>;
  const name = labelOf(texts, "alertname");
  if (name === null) return "labels.alertname: missing";
  return {
    fingerprint: isFingerprint(fingerprint) ? fingerprint : fingerprintOf(texts),
    name,
    status,
    startsAt: isAbsent(startsAt) ? now : instantOf(startsAt, now),
    application: labelOf(texts, "application"),
    job: labelOf(texts, "job"),
    labels: keptLabels(texts),
    ...textsIn(status === "firing" ? annotations : undefined),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function explain(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message))
    .join("; ");
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** It becomes a key in the store: half a surrogate pair would come back as another text. */
function isFingerprint(text: unknown): text is string {
  return (
    typeof text === "string" && text !== "" && text.length <= MAX_FINGERPRINT && !/\p{Surrogate}/u.test(text)
  );
}

function whatIsWrongWith(labels: Record<string, unknown>): string | null {
  let count = 0;
  for (const name in labels) {
    count += 1;
    if (count > MAX_READ_LABELS) return `more than ${MAX_READ_LABELS}`;
    if (typeof labels[name] !== "string") return "expected an object of strings";
  }
  return null;
}

function isRfc3339(text: unknown): text is string {
  return typeof text === "string" && /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Go's zero time, year 1, is no time. */
function instantOf(startsAt: string, now: Instant): Instant {
  const at = Date.parse(startsAt);
  return at > 0 ? at : now;
}
