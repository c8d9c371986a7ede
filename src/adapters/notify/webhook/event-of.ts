import { createHash } from "node:crypto";
import type { Incident } from "../../../app/notify/incident.ts";
import { rfc3339 } from "../../../app/rfc3339.ts";
import type { Message } from "../../../domain/message.ts";
import { cutText, cutToSize } from "../cut.ts";

/** A CloudEvent 1.0, as JSON in structured mode. */
export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: object;
}

/** Bytes: CloudEvents wants every receiver to take events of 64 kB. */
const MAX_DATA = 55_000;
const MAX_SUBJECT = 500;
const MAX_LINK = 2_000;

/**
 * The event of one message, as it is whenever it is sent: its id too, be it alone or behind others.
 * @param externalUrl where people reach this Rollguard; null: not known
 */
export function cloudEventOf(message: Message, incident: Incident, externalUrl: string | null): CloudEvent {
  const { application } = incident;
  return {
    specversion: "1.0",
    id: idOf(application, message),
    source: sourceOf(application, externalUrl),
    type: `dev.rollguard.${message.kind}.v1`,
    subject: cutText(message.subject, MAX_SUBJECT),
    time: rfc3339(message.at),
    datacontenttype: "application/json",
    data: dataOf(describeMessage(message), incident),
  };
}

/** Of a sample: nothing has happened. */
export function testEventOf(id: string, incident: Incident, externalUrl: string | null): CloudEvent {
  const { application, subject, startedAt, tier, alert, flags } = incident;
  const detail = "A test of Rollguard: nothing has happened.";
  const message = { subject, at: startedAt, tier, alert: alert?.name ?? null, flags, rollout: null, detail };
  return {
    specversion: "1.0",
    id,
    source: sourceOf(application, externalUrl),
    type: "dev.rollguard.test.v1",
    subject: cutText(subject, MAX_SUBJECT),
    time: rfc3339(startedAt),
    datacontenttype: "application/json",
    data: dataOf({ ...message, kind: "test", at: rfc3339(startedAt), page: false }, incident),
  };
}

/**
 * Without a dot and of letters that a header may hold, since it is signed in one; and of the message alone, since messages are
 * delivered with others this time and alone the next.
 */
function idOf(application: string, message: Message): string {
  const told = JSON.stringify([application, message]);
  return `msg_${createHash("sha256").update(told).digest("hex").slice(0, 32)}`;
}

function sourceOf(application: string, externalUrl: string | null): string {
  const path = `applications/${encodeURIComponent(application)}`;
  return externalUrl === null ? `urn:rollguard:${path}` : `${externalUrl.replace(/\/+$/, "")}/${path}`;
}

/** Which way it goes is none of a receiver's business. */
function describeMessage({ subject, kind, at, tier, alert, flags, rollout, detail, page }: Message): object {
  return { subject, kind, at: rfc3339(at), tier, alert, flags, rollout, detail, page };
}

function dataOf(message: object, incident: Incident): object {
  const { links, ...rest } = describeIncident(incident);
  const { incident: fitting, ...cut } = cutToSize({ message, incident: rest }, MAX_DATA);
  return { ...cut, incident: { ...fitting, links } };
}

/** Times in RFC 3339. The ledger has all of a rollback's events; here are only its steps. */
function describeIncident(incident: Incident) {
  const { startedAt, endedAt, alert, steps, links, rollback, ...rest } = incident;
  return {
    ...rest,
    startedAt: rfc3339(startedAt),
    endedAt: endedAt === null ? null : rfc3339(endedAt),
    alert: alert && { ...alert, startsAt: rfc3339(alert.startsAt) },
    steps: steps.map((step) => ({ ...step, at: rfc3339(step.at) })),
    rollback: rollback && withoutEvents(rollback),
    links: {
      console: linkOf(links.console),
      dashboard: linkOf(links.dashboard),
      runbook: linkOf(links.runbook),
    },
  };
}

function withoutEvents({ events: _, ...rollback }: NonNullable<Incident["rollback"]>): object {
  return rollback;
}

/** Half an address leads nowhere. */
function linkOf(address: string | null): string | null {
  return address === null || address.length > MAX_LINK ? null : address;
}
