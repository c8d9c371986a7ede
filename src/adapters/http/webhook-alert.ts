import { textsIn } from "../../app/alert-texts.ts";
import { keptLabels, labelOf } from "../../app/outside-labels.ts";
import type { Alert } from "../../domain/alert.ts";
import { fingerprintOf } from "../../domain/fingerprint.ts";
import type { Instant } from "../../domain/time.ts";

const MAX_FINGERPRINT = 128;
/** What is read at all. */
const MAX_READ_LABELS = 1_000;

/** Told what is wrong. */
export type Reject = (detail: string) => null;

/**
 * One member of a webhook body. By hand: what a schema tells of a bad member takes 20 µs, and a body may hold a
 * hundred thousand of them while somebody's rollback waits behind it.
 *
 * Alertmanager (≥ 0.32) reads a receiver's own `payload` as YAML before it sends it: texts may arrive as numbers, a time as Go
 * prints it. A trigger must not be lost for that, so what can only have meant one thing is taken for it.
 * @param now stands in for a time that is missing or makes no sense
 * @returns null when it is no alert; one whose time makes no sense is rejected, and is one all the same
 */
export function parseAlert(member: unknown, now: Instant, reject: Reject): Alert | null {
  if (!isObject(member)) return reject("expected an object");
  const { fingerprint, startsAt, annotations } = member;
  const status = statusOf(member.status);
  if (status === null) return reject('status: expected "firing" or "resolved"');
  const labels = labelsOf(member.labels);
  if (typeof labels === "string") return reject(`labels: ${labels}`);
  const name = labelOf(labels, "alertname");
  if (name === null) return reject("labels.alertname: missing");
  const began = instantOf(startsAt, reject);
  const alert: Alert = {
    fingerprint: isFingerprint(fingerprint) ? fingerprint : fingerprintOf(labels),
    name,
    status,
    startsAt: began ?? now,
    application: labelOf(labels, "application"),
    job: labelOf(labels, "job"),
    labels: keptLabels(labels),
    ...(status === "firing" ? textsIn(annotations) : endIn(member.endsAt)),
  };
  return began === null ? { ...alert, isUndated: true } : alert;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function statusOf(value: unknown): Alert["status"] | null {
  if (value === "firing" || value === "resolved") return value;
  // A template's `toUpper`, or its spaces.
  const text = typeof value === "string" ? value.trim().toLowerCase() : null;
  return text === "firing" || text === "resolved" ? text : null;
}

/** It becomes a key in the store: half a surrogate pair would come back as another text. */
function isFingerprint(text: unknown): text is string {
  return (
    typeof text === "string" && text !== "" && text.length <= MAX_FINGERPRINT && !/\p{Surrogate}/u.test(text)
  );
}

/** The labels, almost always as they are; or what is wrong with them. */
function labelsOf(labels: unknown): Readonly<Record<string, string>> | string {
  if (!isObject(labels)) return "expected an object of strings";
  let count = 0;
  let areTexts = true;
  for (const name in labels) {
    count += 1;
    if (count > MAX_READ_LABELS) return `more than ${MAX_READ_LABELS}`;
    if (typeof labels[name] !== "string") areTexts = false;
  }
  return areTexts ? (labels as Record<string, string>) : textsFrom(labels);
}

/** YAML's numbers and booleans are texts again, and its nulls no labels. What an alert is called must be said as a text. */
function textsFrom(labels: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | string {
  const texts: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(labels)) {
    if (value === null) continue;
    if (typeof value === "object" || (name === "alertname" && typeof value !== "string"))
      return "expected an object of strings";
    texts[name] = String(value);
  }
  return texts;
}

/** Where it makes no sense it says nothing: nobody need be told, since `startsAt` does. */
function endIn(endsAt: unknown): { readonly endsAt?: Instant } {
  const at = typeof endsAt === "string" ? Date.parse(endsAt) : NaN;
  return at > 0 ? { endsAt: at } : {};
}

/** Go's zero time, year 1, is no time. */
function instantOf(startsAt: unknown, reject: Reject): Instant | null {
  if (startsAt === undefined || startsAt === null) return null;
  const at = typeof startsAt === "string" && /^\d{4}-\d\d-\d\dT/.test(startsAt) ? Date.parse(startsAt) : NaN;
  if (Number.isNaN(at))
    reject("startsAt: expected a time such as 2026-01-31T03:00:00Z; taken as beginning now");
  return at > 0 ? at : null;
}
