import type { Incident, IncidentAlert, IncidentStep } from "../../../app/notify/incident.ts";
import { listed } from "../../../domain/listed.ts";
import type { Contact } from "../../../domain/policy.ts";
import { type Block, facts, list, type MailDocument } from "./mail-document.ts";
import { oneLine } from "./one-line.ts";
import { badgeOf } from "./status-badge.ts";
import { contactsBlock, cutList, isSameDay, linkOf, secondsText, settingText, timeText } from "./words.ts";

const MAX_HEADLINE = 300;
const MAX_SENTENCE = 600;
const MAX_NAME = 120;
const MAX_LABELS = 20;
const MAX_FLAGS = 40;
const MAX_STEPS = 30;
const MAX_TODOS = 10;
/** The rest of the mail says them. */
const SAID: ReadonlySet<string> = new Set(["alertname", "application"]);

/** An incident as it stands, for the people who look after the application. */
export function incidentMail(incident: Incident, contacts: readonly Contact[]): MailDocument {
  const { alert, headline, todo, links } = incident;
  const texts = [alert?.summary, alert?.description].filter((text) => text != null && text !== "");
  return {
    mark: null,
    ...badgeOf(incident),
    headline: oneLine(headline, MAX_HEADLINE),
    lead: texts.map((text) => oneLine(String(text), MAX_SENTENCE)),
    blocks: [
      list("What you must do", cutList(todo, MAX_TODOS, MAX_SENTENCE), { urgent: true }),
      overview(incident),
      ...(alert === null ? [] : [alertBlock(alert)]),
      flagsBlock(incident),
      stepsBlock(incident),
      {
        kind: "links",
        heading: "Where to look",
        links: [
          ...linkOf("Console", links.console),
          ...linkOf("Dashboard", links.dashboard),
          ...linkOf("Runbook", links.runbook),
        ],
      },
      contactsBlock(contacts),
    ],
    foot: [
      footOf(incident),
      `You get this because notifications.email.to in the policy of ${oneLine(incident.application, MAX_NAME)} names you.`,
    ],
  };
}

type FootParts = Pick<Incident, "title" | "application" | "production" | "subject">;

/** Which application and which incident it is about. */
export function footOf({ title, application, production, subject }: FootParts): string {
  const isSame = title.toLowerCase() === application.toLowerCase();
  const where = production ? "production" : "not production";
  const name = isSame ? title : `${title} (${application})`;
  return `Rollguard · ${oneLine(name, 2 * MAX_NAME)} · ${where} · ${oneLine(subject, MAX_NAME)}`;
}

function overview({ tier, traffic, took, alsoFiring, absorbed, startedAt, endedAt }: Incident): Block {
  return facts("In short", [
    ["Tier", tier],
    ["Traffic", traffic && `${traffic.before} % → ${traffic.after} %`],
    ["Flags down after", took.toRollBack === null ? null : secondsText(took.toRollBack)],
    ["Known to have helped after", took.toVerify === null ? null : secondsText(took.toVerify)],
    ["Begun", timeText(startedAt)],
    ["Over", endedAt === null ? null : timeText(endedAt)],
    ["Firing too", alsoFiring.length === 0 ? null : listed(alsoFiring.slice(0, 500).map(nameText), 10)],
    ["More alerts", absorbed === 0 ? null : `${absorbed} that asked for nothing more`],
  ]);
}

function alertBlock({ name, value, startsAt, labels }: IncidentAlert): Block {
  const all = Object.entries(labels).filter(([label]) => !SAID.has(label));
  const more = all.length - MAX_LABELS;
  return facts("Alert", [
    ["Name", nameText(name)],
    ["Value", value === null ? null : oneLine(value, MAX_NAME)],
    ["Firing since", timeText(startsAt)],
    ...all.slice(0, MAX_LABELS).map(([label, text]) => [nameText(label), oneLine(text, 200)] as const),
    ["More labels", more > 0 ? String(more) : null],
  ]);
}

function nameText(name: string): string {
  return oneLine(name, MAX_NAME);
}

function flagsBlock({ flags }: Incident): Block {
  return {
    kind: "changes",
    heading: "Flags, before and after",
    rows: flags.slice(0, MAX_FLAGS).map(({ flag, before, after }) => ({
      name: nameText(flag),
      before: settingText(before),
      after: settingText(after),
    })),
    more: Math.max(0, flags.length - MAX_FLAGS),
  };
}

/** How it began, and how it stands: what is left out is in the middle. */
function stepsBlock({ steps, startedAt }: Incident): Block {
  const isOneDay = steps.every(({ at }) => isSameDay(at, startedAt));
  const rowOf = ({ at, text }: IncidentStep): [string, string] => [
    timeText(at, { day: !isOneDay }),
    oneLine(text, MAX_SENTENCE),
  ];
  if (steps.length <= MAX_STEPS) return facts("What happened so far", steps.map(rowOf));
  const half = MAX_STEPS / 2;
  return facts("What happened so far", [
    ...steps.slice(0, half).map(rowOf),
    ["…", `${steps.length - MAX_STEPS} more in between`],
    ...steps.slice(-half).map(rowOf),
  ]);
}
