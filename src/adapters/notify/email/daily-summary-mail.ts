import type { DailySummary, KeptTold, RollbackTold } from "../../../app/notify/daily-summary.ts";
import { listed } from "../../../domain/listed.ts";
import type { Contact } from "../../../domain/policy.ts";
import { footOf } from "./incident-mail.ts";
import { type Block, facts, list, type MailDocument, type Tone } from "./mail-document.ts";
import { oneLine } from "./one-line.ts";
import { contactsBlock, cutList, linkOf, timeText } from "./words.ts";

const MAX_ITEM = 600;
const MAX_ITEMS = 20;
const MAX_NAME = 120;

const TONES: Readonly<Record<DailySummary["status"], Tone>> = {
  "ON TRACK": "good",
  "AT RISK": "warn",
  "ROLLED BACK": "bad",
  "NO ROLLOUT": "calm",
};

/** The day's summary. A day on which nothing happened has a short one. */
export function dailySummaryMail(summary: DailySummary, contacts: readonly Contact[] = []): MailDocument {
  const { title, day, status, from, to, lacking } = summary;
  return {
    mark: null,
    badge: status,
    tone: TONES[status],
    headline: oneLine(`${title}: daily summary of ${day}`, 200),
    lead: [
      `From ${timeText(from)} to ${timeText(to)}.`,
      ...(isQuiet(summary) ? ["Nothing happened."] : []),
      ...(lacking === null ? [] : [`Not all of it is known: ${oneLine(lacking, MAX_ITEM)}.`]),
    ],
    blocks: [
      list("What waits for somebody", cutList(summary.waiting, MAX_ITEMS, MAX_ITEM), { urgent: true }),
      rolloutBlock(summary),
      list(
        "Steps of the rollout",
        cutList(
          summary.rolloutSteps.map(({ at, text }) => `${timeText(at)}: ${text}`),
          MAX_ITEMS,
          MAX_ITEM,
        ),
      ),
      list("Rollbacks", cutList(summary.rollbacks.map(rollbackText), MAX_ITEMS, MAX_ITEM)),
      list("Alerts kept back", cutList(summary.keptBack.map(keptText), MAX_ITEMS, MAX_ITEM)),
      facts(
        "Flags in quarantine, by rollback",
        summary.quarantine
          .slice(0, MAX_ITEMS)
          .map(
            ({ rollback, flags }) =>
              [oneLine(rollback, MAX_NAME), oneLine(listed(flags, 10), MAX_ITEM)] as const,
          ),
      ),
      facts("Flags that the environment overrides", summary.overrides.slice(0, MAX_ITEMS).map(overrideRow)),
      facts(
        "Alerts heard of",
        summary.alerts.slice(0, MAX_ITEMS).map(({ alert, times }) => countRow(alert, times)),
      ),
      facts(
        "Decisions",
        summary.decisions.map(({ reason, times }) => countRow(reason.replaceAll("_", " "), times)),
      ),
      { kind: "links", heading: "Where to look", links: linkOf("Console", summary.console) },
      contactsBlock(contacts),
    ],
    foot: [
      footOf({ ...summary, subject: "daily summary" }),
      `You get this because notifications.email.to in the policy of ${oneLine(summary.application, MAX_NAME)} names you.`,
    ],
  };
}

function isQuiet({ rollbacks, keptBack, rolloutSteps, decisions }: DailySummary): boolean {
  return [rollbacks, keptBack, rolloutSteps, decisions].every((each) => each.length === 0);
}

function rolloutBlock({ traffic, rollout, deadLetters }: DailySummary): Block {
  const undelivered: readonly [string, string | null] = [
    "Undelivered messages",
    deadLetters === 0 ? null : String(deadLetters),
  ];
  if (rollout === null)
    return facts("Rollout", [["Traffic", `${traffic} %`], ["Rollout", "none so far"], undelivered]);
  const { plan, status, stage, stages, stageName, completed, lastDecision } = rollout;
  return facts("Rollout", [
    ["Traffic", `${traffic} %`],
    ["Plan", oneLine(plan, MAX_NAME)],
    ["Status", status.replaceAll("_", " ")],
    ["Stage", oneLine(`${stage} of ${stages}: ${stageName}`, MAX_NAME)],
    ["Stages completed", `${completed} %`],
    ["Last decision", oneLine(lastDecision, MAX_ITEM)],
    undelivered,
  ]);
}

function rollbackText({ id, at, tier, trigger, flags, traffic, outcome }: RollbackTold): string {
  const moved = traffic === null ? "" : `, traffic ${traffic.before} % → ${traffic.after} %`;
  const down = `${flags} ${flags === 1 ? "flag" : "flags"} down`;
  return `${timeText(at)}: ${id} (${tier ?? "unknown"}) because of ${trigger}, ${down}${moved}: ${outcome}`;
}

const WHY: Readonly<Record<KeptTold["why"], string>> = {
  storm_breaker: "rollbacks came too often",
  cooldown: "too soon after its last rollback",
  unrelated: "not caused by a change",
  blind: "its target answers, and Prometheus cannot read it",
};

function keptText({ alert, why, times, isFiring }: KeptTold): string {
  return `${alert}: ${WHY[why]}, ${timesText(times)}${isFiring ? ", firing now" : ""}`;
}

function overrideRow({ flag, on, variable }: DailySummary["overrides"][number]): readonly [string, string] {
  return [oneLine(flag, MAX_NAME), `${on ? "on" : "off"} for everybody, by ${oneLine(variable, MAX_NAME)}`];
}

function countRow(name: string, times: number): readonly [string, string] {
  return [oneLine(name, MAX_NAME), timesText(times)];
}

function timesText(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}
