import type { Incident, IncidentAlert, IncidentLinks } from "../../../app/notify/incident.ts";
import { rfc3339 } from "../../../app/rfc3339.ts";
import type { FlagChange, FlagSetting } from "../../../domain/flag.ts";
import type { Message } from "../../../domain/message.ts";
import type { Instant } from "../../../domain/time.ts";
import { cutText, cutToSize } from "../cut.ts";
import { dedupKeyOf } from "./dedup-key.ts";

/** An event of PagerDuty's Events API v2, still without the routing key. */
export type PagerDutyEvent = TriggerEvent | UpdateEvent;

interface UpdateEvent {
  readonly event_action: "acknowledge" | "resolve";
  readonly dedup_key: string;
}

interface TriggerEvent {
  readonly event_action: "trigger";
  readonly dedup_key: string;
  readonly client: "Rollguard";
  readonly client_url?: string;
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: "critical" | "error" | "info";
    readonly timestamp: string;
    readonly component?: string;
    readonly group: string;
    readonly class?: string;
    readonly custom_details: object;
  };
}

/** PagerDuty's own limits: characters of the summary, and bytes of the event, which has 512 kB. */
const MAX_SUMMARY = 1_024;
const MAX_DETAILS = 480_000;
/** Characters of a name: enough for any that people gave. */
const MAX_NAME = 255;
const MAX_LINK = 2_000;

/** Calls somebody, or puts something to the incident that is open. `message`: what it is sent for. */
export function triggerOf(
  incident: Incident,
  message: Pick<Message, "at" | "detail">,
  severity: TriggerEvent["payload"]["severity"],
): TriggerEvent {
  const { application, title, alert, links, headline } = incident;
  const component = componentOf(alert);
  const console = linkOf(links.console);
  return {
    event_action: "trigger",
    dedup_key: dedupKeyOf(incident),
    client: "Rollguard",
    ...(console === null ? {} : { client_url: console }),
    links: linksOf(links),
    payload: {
      summary: lineOf(headline, MAX_SUMMARY),
      source: application,
      severity,
      timestamp: rfc3339(message.at),
      ...(component === "" ? {} : { component }),
      group: lineOf(title, MAX_NAME),
      ...(alert === null ? {} : { class: lineOf(alert.name, MAX_NAME) }),
      custom_details: cutToSize(detailsOf(incident, message.detail), MAX_DETAILS),
    },
  };
}

/** `genesis/10.0.3.17:8080`: whose alert it is. */
function componentOf(alert: IncidentAlert | null): string {
  const labels = alert?.labels ?? {};
  const own = (name: string): string[] => (Object.hasOwn(labels, name) ? [labels[name] ?? ""] : []);
  return lineOf([...own("job"), ...own("instance")].filter((text) => text !== "").join("/"), MAX_NAME);
}

/** What there is nothing to say of is left out: people read it on a phone. */
function detailsOf(incident: Incident, why: string | null): object {
  const { tier, status, production, alert, alsoFiring, absorbed, flags, traffic, took, steps, todo } =
    incident;
  const all = {
    todo,
    status,
    tier,
    why,
    production: production ? "yes" : "no",
    alert: alert && {
      name: alert.name,
      value: alert.value ?? undefined,
      summary: alert.summary ?? undefined,
      description: alert.description ?? undefined,
      since: rfc3339(alert.startsAt),
      labels: alert.labels,
    },
    also_firing: alsoFiring,
    absorbed_alerts: absorbed === 0 ? null : absorbed,
    flags: flags.map(changeInWords),
    traffic: traffic && `${traffic.before} % → ${traffic.after} %`,
    seconds_to_roll_back: took.toRollBack,
    seconds_to_verify: took.toVerify,
    steps: steps.map(({ at, text }) => `${timeOf(at)} ${text}`),
  };
  return Object.fromEntries(
    Object.entries(all).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

function changeInWords({ flag, before, after }: FlagChange): string {
  return `${flag}: ${settingInWords(before)} → ${settingInWords(after)}`;
}

function settingInWords({ enabled, rolloutPercentage }: FlagSetting): string {
  return enabled ? `${rolloutPercentage} %` : "off";
}

function timeOf(at: Instant): string {
  return rfc3339(at).replace(/\.\d+Z$/, "Z");
}

function linksOf({ console, dashboard, runbook }: IncidentLinks): TriggerEvent["links"] {
  const named = { Rollguard: console, Dashboard: dashboard, Runbook: runbook };
  return Object.entries(named).flatMap(([text, address]) => {
    const href = linkOf(address);
    return href === null ? [] : [{ href, text }];
  });
}

/** An address that is none would have the whole event refused. */
function linkOf(address: string | null): string | null {
  if (address === null || address.length > MAX_LINK || !URL.canParse(address)) return null;
  return /^https?:$/.test(new URL(address).protocol) ? address : null;
}

/** One line of plain text; without characters that turn what follows around. */
function lineOf(text: string, length: number): string {
  const line = text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  return cutText(line.trim(), length);
}
