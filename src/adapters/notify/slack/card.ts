import type { Incident } from "../../../app/notify/incident.ts";
import type { FlagChange, FlagSetting } from "../../../domain/flag.ts";
import { formatDuration } from "../../../domain/time.ts";
import { alertBlocks } from "./alert-section.ts";
import {
  addressOf,
  type Block,
  buttons,
  context,
  fields,
  header,
  LIMITS,
  plainSection,
  type SlackMessage,
} from "./slack-blocks.ts";
import { code, inert, plain } from "./slack-text.ts";
import { titleLine, wordOf } from "./status-words.ts";

const MAX_FLAGS = 6;
const MAX_FLAG = 100;
const MAX_TODOS = 5;
const MAX_TODO = 300;
const MAX_HEADLINE = 1_000;
const MAX_TITLE = 100;

/**
 * The one message of an incident, as it stands.
 * @param more goes above what tells whose it is
 */
export function cardOf(incident: Incident, more: readonly Block[] = []): SlackMessage {
  const title = plain(titleLine(incident), LIMITS.header);
  const blocks = [
    header(title),
    // A header is cut early.
    title.endsWith("…") ? plainSection(plain(incident.headline, MAX_HEADLINE)) : null,
    ...alertBlocks(incident),
    fields(fieldsOf(incident)),
    incident.todo.length === 0 ? null : plainSection(["👉 To do", ...todoOf(incident, plain)].join("\n")),
    ...more,
    context(contextOf(incident)),
    buttons([
      ["Console", incident.links.console],
      ["Dashboard", incident.links.dashboard],
      ["Runbook", incident.links.runbook],
    ]),
  ].filter((block) => block !== null);
  return { text: textOf(incident), blocks };
}

/** Without any block it still tells what happened and what to do. */
function textOf(incident: Incident): string {
  const { title, alert, links } = incident;
  const console = links.console === null ? null : addressOf(links.console);
  return [
    `${inert(title, MAX_TITLE)}: ${inert(titleLine(incident), MAX_HEADLINE)}`,
    alert?.summary == null ? "" : inert(alert.summary, MAX_TODO),
    ...todoOf(incident, inert),
    console === null || console.length > MAX_HEADLINE ? "" : plain(console, MAX_HEADLINE),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function fieldsOf(incident: Incident): string[] {
  const { tier, traffic, took, flags } = incident;
  return [
    tier === null ? null : ["Tier", tier],
    ["Status", wordOf(incident)],
    traffic === null ? null : ["Traffic", `${traffic.before} % → ${traffic.after} %`],
    took.toRollBack === null ? null : ["Rolled back in", durationOf(took.toRollBack)],
    took.toVerify === null ? null : ["Verified in", durationOf(took.toVerify)],
    flags.length === 0 ? null : ["Flags", flagsOf(flags)],
  ]
    .filter((field) => field !== null)
    .map(([name, value]) => `*${name}*\n${value}`);
}

function flagsOf(flags: readonly FlagChange[]): string {
  const lines = flags
    .slice(0, MAX_FLAGS)
    .map(({ flag, before, after }) => `${code(flag, MAX_FLAG)} ${settingOf(before)} → ${settingOf(after)}`);
  const more = flags.length - MAX_FLAGS;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function settingOf({ enabled, rolloutPercentage }: FlagSetting): string {
  return enabled ? `${rolloutPercentage} %` : "off";
}

function todoOf({ todo }: Incident, safe: (text: string, most: number) => string): string[] {
  const more = todo.length - MAX_TODOS;
  return [
    ...todo.slice(0, MAX_TODOS).map((line) => `• ${safe(line, MAX_TODO)}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function contextOf({ title, application, production, subject }: Incident): string {
  const isSame = title.toLowerCase() === application.toLowerCase();
  return [
    plain(isSame ? title : `${title} (${application})`, 2 * MAX_TITLE),
    production ? "production" : "not production",
    plain(subject, MAX_TITLE),
  ].join(" · ");
}

function durationOf(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds * 10) / 10}s` : formatDuration(Math.round(seconds) * 1_000);
}
