import type { EventAlert, LedgerEvent } from "../../domain/event.ts";
import type { FlagChange } from "../../domain/flag.ts";
import type { Message } from "../../domain/message.ts";
import { fillTemplate } from "../../domain/notify/template.ts";
import type { Policy } from "../../domain/policy.ts";
import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import type { ApplicationState } from "../../domain/state.ts";
import { describeTimeline } from "../describe-rollback.ts";
import { alertValue } from "./alert-value.ts";
import { headlineOf } from "./headline.ts";
import type { Incident, IncidentAlert, IncidentLinks, IncidentStatus, IncidentStep } from "./incident.ts";
import { todoOf } from "./todo.ts";

export interface IncidentParts {
  readonly policy: Policy;
  readonly state: ApplicationState;
  /** Of the rollback, from its first one; none for any other subject. */
  readonly events: readonly LedgerEvent[];
  /** What is to be delivered, the oldest first; all of one subject. */
  readonly messages: readonly [Message, ...Message[]];
  readonly production: boolean;
  /** The address that people reach this by; null: not known. */
  readonly externalUrl: string | null;
}

/** What people are told, as it stands now. */
export function incidentOf(parts: IncidentParts): Incident {
  const { policy, state, events, messages, production } = parts;
  const [first] = messages;
  const last = messages[messages.length - 1] ?? first;
  const { application } = policy;
  const rollback = rollbackOf(state, first.subject);
  const own = rollback === null ? [] : events.filter(({ rollback: id }) => id === rollback.id);
  const alert = alertOf(own, messages, policy);
  const flags = rollback === null ? flagsIn(messages) : mergedFlags(own);
  const incident: Incident = {
    application: application.name,
    title: application.title,
    production,
    subject: first.subject,
    kind: rollback !== null ? "rollback" : first.rollout?.id === first.subject ? "rollout" : "notice",
    status: statusOf(rollback, last),
    headline: "",
    tier: rollback?.tier ?? last.tier,
    startedAt: rollback?.startedAt ?? first.at,
    endedAt: rollback !== null && "endedAt" in rollback ? rollback.endedAt : null,
    alert,
    alsoFiring: alsoFiringIn(own, alert?.name ?? null),
    absorbed: absorbedIn(own, state, rollback),
    flags,
    traffic: trafficIn(own),
    took: tookOf(rollback),
    steps: rollback === null ? messages.map(stepOfMessage) : own.flatMap(stepsOfEvent),
    todo: [],
    links: linksOf(parts, alert, own),
    rollback: rollback === null ? null : describeTimeline(policy, state, rollback, events),
  };
  return {
    ...incident,
    headline: templated(policy, last, incident) ?? headlineOf(incident, last),
    todo: todoOf(incident, last, state),
  };
}

export function rollbackOf({ rollback, past }: ApplicationState, id: string): Rollback | PastRollback | null {
  if (rollback?.id === id) return rollback;
  return past.find((one) => one.id === id) ?? null;
}

function statusOf(rollback: Rollback | PastRollback | null, last: Message): IncidentStatus {
  if (rollback === null) return last.kind === "ended" ? "ended" : last.page ? "open" : "info";
  if ("endedAt" in rollback) return "ended";
  return rollback.status === "verifying" ? "open" : rollback.status;
}

/** The alert that the rollback began with; for a notice the one that its message names. */
function alertOf(
  own: readonly LedgerEvent[],
  messages: readonly Message[],
  policy: Policy,
): IncidentAlert | null {
  const told = own.find(({ alert }) => alert !== null)?.alert ?? null;
  if (told !== null) return alertInWords(told, policy);
  const name = messages.find(({ alert }) => alert !== null)?.alert;
  if (name === undefined || name === null) return null;
  const startsAt = messages[0]?.at ?? 0;
  return { name, startsAt, labels: {}, summary: null, description: null, value: null };
}

function alertInWords({ name, startsAt, labels, texts }: EventAlert, policy: Policy): IncidentAlert {
  const rule = policy.alerts.find(({ alert }) => alert === name);
  const description = texts?.description ?? null;
  return {
    name,
    startsAt,
    labels,
    summary: texts?.summary ?? null,
    description,
    value: alertValue(rule, description),
  };
}

function alsoFiringIn(own: readonly LedgerEvent[], name: string | null): string[] {
  const names = own.flatMap(({ alert, reason }) =>
    alert !== null && reason !== "resolved" ? [alert.name] : [],
  );
  return [...new Set(names)].filter((each) => each !== name);
}

/** With those that changed nothing, and were only counted. */
function absorbedIn(
  own: readonly LedgerEvent[],
  state: ApplicationState,
  rollback: Rollback | PastRollback | null,
): number {
  const open = rollback !== null && !("endedAt" in rollback);
  const counted = [...own.flatMap(({ unchanged }) => unchanged ?? []), ...(open ? state.unchanged : [])];
  const again = counted.filter(({ reason }) => reason === "absorbed" || reason === "duplicate");
  return (
    own.filter(({ reason }) => reason === "absorbed").length +
    again.reduce((sum, { times }) => sum + times, 0)
  );
}

/** From what each was first to what it is at last. */
function mergedFlags(own: readonly LedgerEvent[]): FlagChange[] {
  const merged = new Map<string, FlagChange>();
  for (const { flags } of own)
    for (const change of flags)
      merged.set(change.flag, { ...change, before: merged.get(change.flag)?.before ?? change.before });
  return [...merged.values()];
}

function flagsIn(messages: readonly Message[]): FlagChange[] {
  return messages.flatMap(({ flags }) => flags);
}

function trafficIn(own: readonly LedgerEvent[]): Incident["traffic"] {
  const moves = own.flatMap(({ traffic }) => (traffic === null ? [] : [traffic]));
  const [first] = moves;
  const last = moves[moves.length - 1];
  return first === undefined || last === undefined ? null : { before: first.before, after: last.after };
}

function tookOf(rollback: Rollback | PastRollback | null): Incident["took"] {
  if (rollback === null) return { toRollBack: null, toVerify: null };
  const { alertStartedAt, startedAt, verifiedAt } = rollback;
  const since = alertStartedAt ?? startedAt;
  const between = (to: number | null): number | null =>
    to === null ? null : Math.max(0, to - since) / 1_000;
  return { toRollBack: between(startedAt), toVerify: between(verifiedAt) };
}

/** What asked for nothing more is counted, not told. */
const TOLD = new Map<string, Message["kind"]>([
  ["rolled_back", "rolled_back"],
  ["already_rolled_back", "rolled_back"],
  ["escalated", "escalated"],
  ["verified", "verified"],
  ["verification_failed", "failed"],
  ["unverified", "unverified"],
  ["approved", "acknowledged"],
]);

function stepsOfEvent({ at, reason, detail, ended, tier, alert }: LedgerEvent): IncidentStep[] {
  const kind = TOLD.get(reason) ?? (ended ? "ended" : null);
  if (kind === null) return [];
  const what = kind === "rolled_back" || kind === "escalated" ? `${tier}: ` : "";
  const over = ended && kind !== "ended" ? "; it is over" : "";
  const text = detail ?? (ended ? `${alert?.name ?? "the last alert"} resolved, and it is over` : reason);
  return [{ at, kind, text: `${what}${text}${over}` }];
}

function stepOfMessage({ at, kind, detail }: Message): IncidentStep {
  return { at, kind, text: detail ?? kind.replaceAll("_", " ") };
}

function linksOf(
  { policy, externalUrl }: IncidentParts,
  alert: IncidentAlert | null,
  own: readonly LedgerEvent[],
): IncidentLinks {
  const texts = own.find(({ alert: each }) => each?.texts !== undefined)?.alert?.texts;
  const rule = policy.alerts.find(({ alert: name }) => name === alert?.name);
  const annotation = (name: string): string | null => addressOf(rule?.annotations.get(name));
  return {
    console: externalUrl,
    dashboard: texts?.dashboardUrl ?? annotation("dashboard_url"),
    runbook: texts?.runbookUrl ?? annotation("runbook_url"),
  };
}

/** A template is none: only Prometheus could fill it in. */
function addressOf(text: string | undefined): string | null {
  return text !== undefined && /^https?:\/\//i.test(text) && !text.includes("{{") ? text : null;
}

function templated({ notifications }: Policy, last: Message, incident: Incident): string | null {
  const template = notifications.templates.get(last.kind);
  if (template === undefined) return null;
  const { application, title, subject, tier, alert, flags, traffic, status } = incident;
  return fillTemplate(template, {
    application,
    title,
    subject,
    tier,
    status,
    alert: alert?.name ?? null,
    summary: alert?.summary ?? null,
    value: alert?.value ?? null,
    flags: flags.length === 0 ? null : flags.map(({ flag }) => flag).join(", "),
    traffic_before: traffic === null ? null : `${traffic.before} %`,
    traffic_after: traffic === null ? null : `${traffic.after} %`,
    detail: last.detail,
  });
}
