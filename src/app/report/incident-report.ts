import { firingAmong } from "../../domain/alert-memory.ts";
import type { LedgerEvent } from "../../domain/event.ts";
import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import { describeTimeline, type RollbackTimeline } from "../describe-rollback.ts";
import { rfc3339 } from "../rfc3339.ts";
import { whyUnverified } from "../why-unverified.ts";
import { chartsOf } from "./charts-of.ts";
import { flagRows, incidentSteps } from "./incident-steps.ts";
import { type Material, unknownOf } from "./material.ts";
import { metricRows } from "./metric-rows.ts";
import { notDoneOf } from "./not-done.ts";
import { quarantinedBy } from "./quarantined.ts";
import type { DurationRow, IncidentAlertView, IncidentReport, NextStep } from "./report.ts";
import { contactsOf, PREPARED_BY, safeLinks, shortTime } from "./report-head.ts";
import type { RollbackStory } from "./rollback-story.ts";
import { isEndedUnjudged } from "./rollbacks-in.ts";
import { trafficPoints } from "./traffic.ts";

export interface IncidentSubject {
  readonly rollback: Rollback | PastRollback;
  readonly story: RollbackStory;
  /** Of the rollback, after it had ended: acknowledgements. */
  readonly after: readonly LedgerEvent[];
}

export function incidentReport(subject: IncidentSubject, material: Material): IncidentReport {
  const { policy, state, now, span, ledger, measured, trafficNow } = material;
  const { rollback, story, after } = subject;
  const { events } = story;
  const timeline = describeTimeline(policy, state, rollback, events);
  const { events: _, propagation, verification: __, durations, ...view } = timeline;
  const own = [...events.filter(({ rollback: id }) => id === rollback.id), ...after];
  const { id, tier, trigger, startedAt } = rollback;
  const { reported, series } = measured;
  const points = trafficPoints(ledger.events, span, trafficNow);
  const origin = Math.min(rollback.alertStartedAt ?? startedAt, startedAt);
  const total = durations.total;
  return {
    kind: "incident",
    name: `incident-${rfc3339(startedAt).slice(0, 10)}-${id}`,
    application: policy.application.name,
    title: policy.application.title,
    heading: `${policy.application.title}: rollback ${id}, ${tier}, because of ${trigger}`,
    status: isEndedUnjudged(rollback) ? "ENDED" : STATUS[rollback.status],
    because: becauseOf(rollback, own, state.alerts.size),
    from: rfc3339(span.from),
    to: rfc3339(span.to),
    reportedAt: rfc3339(now),
    preparedBy: PREPARED_BY,
    rollback: view,
    alert: alertOf(own, material),
    durations: durationRows(durations),
    budgetSeconds: timeline.budgetSeconds,
    withinBudget: total === null ? null : total <= timeline.budgetSeconds,
    timeline: incidentSteps(own, timeline, origin, story.leftOut),
    flags: flagRows(own),
    traffic: trafficOf(own),
    propagation,
    verification: verificationLines(timeline, subject, material),
    notDone: notDoneOf({ policy, state, rollback, story }),
    acknowledgements: own
      .filter(({ reason }) => reason === "approved")
      .map(({ at, actor, detail }) => ({ at: rfc3339(at), by: actor, text: detail ?? "" })),
    quarantine: quarantinedBy(id, policy, state),
    metrics: metricRows(measured, []),
    charts: chartsOf({
      policy,
      span,
      traffic: points,
      reported,
      series,
      marks: marksOf(own),
    }),
    nextSteps: nextStepsOf(subject, material),
    links: safeLinks(material.links),
    contacts: contactsOf(policy),
    unknown: unknownOf(material),
  };
}

const STATUS = {
  verifying: "VERIFYING",
  verified: "VERIFIED",
  unverified: "UNVERIFIED",
  failed: "FAILED",
} as const;

function becauseOf(rollback: Rollback | PastRollback, own: readonly LedgerEvent[], firing: number): string[] {
  const verdict = own.findLast(({ reason }) => VERDICTS.has(reason));
  const end =
    "endedAt" in rollback
      ? `it ended at ${shortTime(rollback.endedAt)}`
      : `it is open${firing === 0 ? "" : `: ${firing === 1 ? "1 alert is" : `${firing} alerts are`} still firing`}`;
  const forced = isEndedUnjudged(rollback) ? ["an operator ended it before there was a verdict"] : [];
  return [...(verdict?.detail ? [verdict.detail] : []), ...forced, end];
}

const VERDICTS: ReadonlySet<string> = new Set(["verified", "unverified", "verification_failed"]);

function alertOf(own: readonly LedgerEvent[], { policy }: Material): IncidentAlertView | null {
  const alert = own.find((event) => event.alert !== null)?.alert ?? null;
  if (alert === null) return null;
  const rule = policy.alerts.find((each) => each.alert === alert.name);
  const { name, startsAt, labels, texts } = alert;
  return {
    name,
    startsAt: rfc3339(startsAt),
    labels,
    summary: texts?.summary ?? rule?.annotations.get("summary") ?? null,
    // The rule's own one is a template: without its values it tells nothing.
    description: texts?.description ?? null,
    runbook: texts?.runbookUrl ?? rule?.annotations.get("runbook_url") ?? null,
  };
}

function durationRows(durations: RollbackTimeline["durations"]): DurationRow[] {
  return PARTS.map(([part, what]) => ({ part, what, seconds: durations[part] }));
}

const PARTS = [
  ["detected", "from the alert's start until it came here"],
  ["decided", "until the flags were turned down"],
  ["committed", "until that was stored"],
  ["propagated", "until every connected client had asked for the new flags"],
  ["verified", "from turning down until it was known to have helped"],
  ["total", "from the alert's start until it was known to have helped"],
] as const satisfies readonly (readonly [keyof RollbackTimeline["durations"], string])[];

function trafficOf(own: readonly LedgerEvent[]): IncidentReport["traffic"] {
  const moves = own.flatMap(({ traffic }) => (traffic === null ? [] : [traffic]));
  const [first] = moves;
  return first === undefined ? null : { before: first.before, after: moves.at(-1)?.after ?? first.after };
}

function verificationLines(
  timeline: RollbackTimeline,
  { rollback }: IncidentSubject,
  { state, policy }: Material,
): string[] {
  const { verify } = policy;
  const isOpen = state.rollback?.id === rollback.id;
  const looks = isOpen ? state.verification : null;
  const { verification, verifiedAt } = timeline;
  return [
    `asked for: ${verify.goodChecksInARow} good checks in a row, from ${verify.startAfter / 1_000} s after the rollback on, every ${verify.checkEvery / 1_000} s; given up after ${verify.giveUpAfter / 1_000} s`,
    ...(looks === null
      ? []
      : [
          `since its last step it was looked at ${looks.looks === 1 ? "once" : `${looks.looks} times`}: ${looks.good} good in a row`,
        ]),
    ...(verification?.last
      ? [
          `last look, ${shortTime(Date.parse(verification.last.at))}: ${[verification.last.verdict.replace("_", " "), ...verification.last.why].join(": ")}`,
        ]
      : []),
    verifiedAt === null
      ? "it is not known to have helped"
      : `known to have helped since ${shortTime(Date.parse(verifiedAt))}`,
  ];
}

function marksOf(own: readonly LedgerEvent[]) {
  return own
    .filter(({ reason }) => MARKED.has(reason))
    .map(({ at, tier }) => ({
      kind: "rollback" as const,
      at: rfc3339(at),
      label: tier ?? "rollback",
    }));
}

const MARKED: ReadonlySet<string> = new Set(["rolled_back", "already_rolled_back", "escalated"]);

function nextStepsOf({ rollback }: IncidentSubject, { state, policy }: Material): NextStep[] {
  const { id, status } = rollback;
  const isOpen = state.rollback?.id === id;
  const held = quarantinedBy(id, policy, state);
  const step = (text: string): NextStep => ({ text, at: null });
  const firing = [...new Set(firingAmong(state, state.alerts).map(({ name }) => name))];
  return [
    ...(isOpen && status === "failed"
      ? [step("nothing more can be turned down: the cause is elsewhere, and somebody has to mend it")]
      : []),
    ...(isOpen && status === "unverified"
      ? [
          step(
            `look at the application yourself: ${whyUnverified(rollback)}${rollback.unproven === undefined ? "; rollguard preflight says why" : ""}`,
          ),
        ]
      : []),
    ...(isOpen && status === "verifying"
      ? [step("it is judged by itself, and the next tier follows where it has not helped")]
      : []),
    ...(isOpen && firing.length > 0
      ? [step(`it stays open until these have resolved: ${firing.join(", ")}`)]
      : []),
    ...(held.length === 0
      ? []
      : [
          step(
            `find and mend the cause, then let the flags out of quarantine: rollguard acknowledge ${id} --reason TEXT`,
          ),
        ]),
    ...(isOpen || held.length > 0 ? [] : [step("nothing of it is left to do: no flag is in quarantine")]),
  ];
}
