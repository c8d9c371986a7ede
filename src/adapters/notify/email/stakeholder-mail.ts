import type { Incident, IncidentStep } from "../../../app/notify/incident.ts";
import type { Receipt } from "../../../app/outbox.ts";
import type { MessageKind } from "../../../domain/message.ts";
import type { Contact } from "../../../domain/policy.ts";
import type { Unproven } from "../../../domain/rollback.ts";
import { type Duration, formatDuration, type Instant } from "../../../domain/time.ts";
import { footOf } from "./incident-mail.ts";
import { facts, list, type MailDocument, type Tone } from "./mail-document.ts";
import { subjectLine } from "./mail-subject.ts";
import { oneLine } from "./one-line.ts";
import { contactsBlock, timeText } from "./words.ts";

/** The first word, one of the updates after it, or the end. */
export type StakeholderMoment = "first" | "update" | "allClear";

/** A measurement in words: `Error rate`, `0.04 %`. */
export interface Figure {
  readonly name: string;
  readonly value: string;
}

export interface StakeholderNews {
  readonly moment: StakeholderMoment;
  /** How often they were told before. */
  readonly told: number;
  /** When they were last told; null: never. */
  readonly lastAt: Instant | null;
  readonly now: Instant;
  readonly every: Duration;
  readonly reportWithin: Duration;
  readonly figures: readonly Figure[];
  readonly contacts: readonly Contact[];
}

type Status = "ON TRACK" | "AT RISK" | "ROLLED BACK";

const MAX_TITLE = 80;
const MAX_CAUSE = 200;
const MAX_UPDATES = 12;
const MAX_FIGURES = 12;

/** Which of the mails is due, as the incident stands and as they were told before. */
export function stakeholderMoment(incident: Incident, receipt: Receipt | null): StakeholderMoment {
  if (incident.endedAt !== null || incident.status === "ended") return "allClear";
  return toldBefore(receipt).told > 0 ? "update" : "first";
}

export function toldBefore(receipt: Receipt | null): Pick<StakeholderNews, "told" | "lastAt"> {
  const { told, lastAt } = receipt ?? {};
  return {
    told: typeof told === "number" ? told : 0,
    lastAt: typeof lastAt === "number" ? lastAt : null,
  };
}

export function stakeholderSubject(incident: Incident, { moment, told }: StakeholderNews): string {
  const date = timeText(incident.startedAt).slice(0, 10);
  switch (moment) {
    case "first":
      return subjectLine(incident, `${statusOf(incident)}: incident of ${date}`);
    case "update":
      return subjectLine(incident, `${statusOf(incident)}: incident of ${date}, update ${told}`);
    case "allClear":
      return subjectLine(incident, `ALL CLEAR: incident of ${date}`);
  }
}

/** An incident for people who are no engineers: what it means to users, and what comes next. */
export function stakeholderMailOf(incident: Incident, news: StakeholderNews): MailDocument {
  const { moment, figures, contacts } = news;
  const status = statusOf(incident);
  const isOver = moment === "allClear";
  const name = oneLine(incident.title, MAX_TITLE);
  const updates = updatesOf(incident, news);
  return {
    mark: null,
    badge: isOver ? "ALL CLEAR" : status,
    tone: isOver ? "good" : TONES[status],
    headline: HEADLINES[moment](name),
    lead: [whatHappened(incident, name), whereItStands(incident)],
    blocks: [
      facts("Status", [
        ["Status", status],
        ["Rollout percentage", incident.traffic && `${incident.traffic.after} % of users`],
        ...figures
          .slice(0, MAX_FIGURES)
          .map(({ name, value }) => [oneLine(name, MAX_TITLE), oneLine(value, MAX_TITLE)] as const),
        ["Began", timeText(incident.startedAt)],
        ["Over", incident.endedAt === null ? null : timeText(incident.endedAt)],
      ]),
      list("Key updates", updates.length === 0 ? ["Nothing new since the last mail."] : updates),
      facts("What comes next", [
        ["Next milestone", milestone(incident, news)],
        ["Next word", isOver ? null : `at ${timeText(news.now + news.every)}, or when it is over`],
      ]),
      contactsBlock(contacts),
    ],
    foot: [footOf(incident), `You get this because you are named in the policy of ${name} as a stakeholder.`],
  };
}

const TONES: Readonly<Record<Status, Tone>> = { "ON TRACK": "good", "AT RISK": "warn", "ROLLED BACK": "bad" };

function statusOf({ status, flags, traffic }: Incident): Status {
  if (status === "failed" || status === "unverified") return "AT RISK";
  const isMoved = flags.length > 0 || (traffic !== null && traffic.after < traffic.before);
  return status === "ended" && !isMoved ? "ON TRACK" : "ROLLED BACK";
}

const HEADLINES: Readonly<Record<StakeholderMoment, (name: string) => string>> = {
  first: (name) => `A part of ${name} was turned off because of a problem`,
  update: (name) => `Update on the problem with ${name}`,
  allClear: (name) => `The problem with ${name} is over`,
};

function whatHappened({ startedAt, flags, traffic, alert, rollback }: Incident, name: string): string {
  const who = rollback === null || alert !== null ? "Rollguard" : oneLine(rollback.startedBy, MAX_TITLE);
  const said = alert?.summary ?? null;
  const because = said === null ? "" : `, because of this: ${oneLine(said, MAX_CAUSE)}`;
  const share =
    traffic === null || traffic.before === traffic.after
      ? ""
      : ` The share of users on the new system went from ${traffic.before} % to ${traffic.after} %.`;
  const what =
    flags.length === 0 ? "nothing more" : flags.length === 1 ? "1 feature" : `${flags.length} features`;
  return `At ${timeText(startedAt)} ${who} turned off ${what} of ${name}${because}.${share}`;
}

function whereItStands({ status, rollback }: Incident): string {
  const unproven = status === "unverified" ? rollback?.unproven : undefined;
  return unproven === undefined ? WHERE_IT_STANDS[status] : NOT_PROVEN[unproven];
}

const NOT_PROVEN: Readonly<Record<Unproven, string>> = {
  too_few: "Too few users have come since to tell whether that has helped. It is watched on.",
  improved: "It is much better than it was, and not well yet. An engineer is looking.",
};

const WHERE_IT_STANDS: Readonly<Record<Incident["status"], string>> = {
  open: "It is being checked whether that has helped.",
  verified: "It has helped: users are served as before the problem. The cause has not been mended yet.",
  unverified: "It cannot be measured whether that has helped. An engineer is looking.",
  failed: "It has not helped so far. The engineer on call has been called.",
  ended: "All alerts have ended. What was turned off stays off until its cause is mended.",
  info: "It is being looked at.",
};

function milestone({ status }: Incident, { moment, reportWithin }: StakeholderNews): string {
  if (moment === "allClear")
    return `The cause is found and mended, then an engineer goes on with the rollout. A report follows within ${formatDuration(reportWithin)}.`;
  switch (status) {
    case "open":
      return "It is known whether turning off has helped, in a few minutes.";
    case "verified":
      return "The alerts end; then it is over.";
    default:
      return "An engineer finds out what is wrong, and ends it.";
  }
}

const KINDS: Readonly<Partial<Record<MessageKind, string>>> = {
  rolled_back: "a part of the new system was turned off",
  escalated: "that was not enough, and more was turned off",
  verified: "it is known to have helped",
  unverified: "it is not known yet whether it has helped",
  failed: "everything that can be turned off is off, and it has not helped",
  acknowledged: "an engineer has looked into it",
  ended: "all alerts have ended",
};

/** What is new since they were last told, in words that need no explaining; all of it in the first and in the last mail. */
function updatesOf({ steps }: Incident, { moment, lastAt }: StakeholderNews): string[] {
  const since = moment === "update" ? (lastAt ?? 0) : 0;
  const told = steps.filter(({ at, kind }) => at > since && KINDS[kind] !== undefined);
  return told.slice(-MAX_UPDATES).map(lineOf);
}

function lineOf({ at, kind }: IncidentStep): string {
  return `${timeText(at)}: ${KINDS[kind]}`;
}
