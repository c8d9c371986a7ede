import { z } from "zod";
import type { Alert } from "../../domain/alert.ts";
import { fingerprintOf } from "../../domain/fingerprint.ts";
import { HttpProblem } from "./problem.ts";

/** What is kept of outside text; Alertmanager itself sets no bound. Counts of UTF-16 units. */
const MAX_LABELS = 64;
const MAX_NAME = 256;
const MAX_VALUE = 1_024;
const MAX_FINGERPRINT = 128;

const webhookSchema = z.object({
  /** `4` from Alertmanager, `1` from Grafana. */
  version: z.string().optional(),
  alerts: z.array(z.unknown()),
});

const alertSchema = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: z.custom<Record<string, string>>(isStringMap, "expected an object of strings"),
  startsAt: z.string().refine(isRfc3339, "expected a time such as 2026-01-31T03:00:00Z").nullish(),
  fingerprint: z.string().nullish(),
});

export interface WebhookBody {
  readonly alerts: readonly Alert[];
  readonly rejected: readonly RejectedAlert[];
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
 * @throws HttpProblem `invalid_json`, `invalid_body`, `prometheus_posted_here`
 */
export function parseWebhookBody(bytes: Buffer, now: number): WebhookBody {
  const json = parseJson(bytes);
  if (Array.isArray(json)) {
    throw new HttpProblem(
      "prometheus_posted_here",
      "the body is a bare array: Prometheus is pointed straight here; point it at Alertmanager",
    );
  }
  const body = webhookSchema.safeParse(json);
  if (!body.success) throw new HttpProblem("invalid_body", explain(body.error));
  const alerts: Alert[] = [];
  const rejected: RejectedAlert[] = [];
  for (const [index, member] of body.data.alerts.entries()) {
    const alert = parseAlert(member, now);
    if (typeof alert === "string") rejected.push({ index, reason: "invalid_alert", detail: alert });
    else alerts.push(alert);
  }
  return { alerts, rejected };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new HttpProblem(
      "invalid_json",
      `the body is no JSON: ${short((error as Error).message, MAX_NAME)}`,
    );
  }
}

/** The alert, or why it is none. */
function parseAlert(member: unknown, now: number): Alert | string {
  const parsed = alertSchema.safeParse(member);
  if (!parsed.success) return explain(parsed.error);
  const { status, labels, startsAt, fingerprint } = parsed.data;
  const name = own(labels, "alertname");
  if (name === null) return "labels.alertname: missing";
  return {
    fingerprint: isFingerprint(fingerprint) ? fingerprint : fingerprintOf(labels),
    name,
    status,
    startsAt: startsAt ? Date.parse(startsAt) : now,
    application: own(labels, "application"),
    job: own(labels, "job"),
    labels: capped(labels),
  };
}

/** Prometheus knows no empty labels: an empty one is a missing one. */
function own(labels: Record<string, string>, name: string): string | null {
  return Object.hasOwn(labels, name) && labels[name] ? short(labels[name], MAX_NAME) : null;
}

/** It becomes a key in the store: half a surrogate pair would come back as another text. */
function isFingerprint(text: string | null | undefined): text is string {
  return (
    typeof text === "string" && text !== "" && text.length <= MAX_FINGERPRINT && !/\p{Surrogate}/u.test(text)
  );
}

function isStringMap(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const key in value) if (typeof (value as Record<string, unknown>)[key] !== "string") return false;
  return true;
}

function isRfc3339(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Almost always the labels as they are; a copy only where something is too large to be kept. */
function capped(labels: Record<string, string>): Readonly<Record<string, string>> {
  let count = 0;
  let fits = true;
  for (const name in labels) {
    count += 1;
    if (name.length > MAX_NAME || (labels[name] ?? "").length > MAX_VALUE) fits = false;
  }
  if (fits && count <= MAX_LABELS) return labels;
  const kept: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(labels).slice(0, MAX_LABELS)) {
    kept[short(name, MAX_NAME)] = short(value, MAX_VALUE);
  }
  return kept;
}

function short(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function explain(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message))
    .join("; ");
}
