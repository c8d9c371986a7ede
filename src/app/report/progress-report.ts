import { gateOf } from "../../domain/enter-stage.ts";
import type { LedgerEvent } from "../../domain/event.ts";
import { type Reading, readingsOf } from "../../domain/judge.ts";
import { isActive, type Rollout, statusOf } from "../../domain/rollout.ts";
import type { Instant } from "../../domain/time.ts";
import { rfc3339 } from "../rfc3339.ts";
import { chartsOf } from "./charts-of.ts";
import { decisionOnStage, decisionSoFar, decisionWithin } from "./decision-told.ts";
import { finalSuccessOf } from "./final-success.ts";
import { issuesIn } from "./issues.ts";
import { type Material, unknownOf } from "./material.ts";
import { metricRows } from "./metric-rows.ts";
import { nextStepsOf, nextStepsWithout, stageBehind } from "./next-steps.ts";
import type { ChartView, NextStep, ProgressReport, RolloutFacts, StageResult } from "./report.ts";
import { contactsOf, PREPARED_BY, safeLinks } from "./report-head.ts";
import { factsOfRollback, rollbacksIn } from "./rollbacks-in.ts";
import { progressOf } from "./schedule-so-far.ts";
import { endOfStage, type StageSpan, stageResult, stagesBegun } from "./stage-results.ts";
import { statusOfWhole, statusOnTheWay } from "./status-of.ts";
import { trafficPoints } from "./traffic.ts";

function readingsNow({ state: { rollout, bake }, policy }: Material): readonly Reading[] {
  const gate = isActive(rollout) ? gateOf(rollout, policy) : undefined;
  return rollout === null || bake === null || gate === undefined ? [] : readingsOf(gate, bake, rollout);
}

/** What such a report is about; its time is the material's span. */
export type Subject =
  | { readonly kind: "stage"; readonly rollout: Rollout; readonly stage: StageSpan }
  | { readonly kind: "day"; readonly rollout: Rollout; readonly day: number }
  | { readonly kind: "final"; readonly rollout: Rollout }
  | { readonly kind: "daily"; readonly rollout: Rollout | null };

export function progressReport(subject: Subject, material: Material): ProgressReport {
  const { policy, state, now, span, ledger, measured, firing, trafficNow } = material;
  const { kind, rollout } = subject;
  const events = eventsWithin(subject, material);
  const from = Math.min(events[0]?.at ?? span.from, span.from);
  const rollbacks = rollbacksIn(ledger.events, state, { from, to: span.to }).filter(
    ({ first }) => first === null || events.includes(first),
  );
  const issues = issuesIn({ events, later: ledger.events, rollbacks, state });
  const isNow = span.to >= now;
  const metrics = metricRows(measured, events, isNow ? readingsNow(material) : []);
  const atEnd = isNow || rollout?.endedAt === span.to;
  const judge = kind === "day" || kind === "final" ? statusOfWhole : statusOnTheWay;
  const whole = kind === "final" && rollout?.outcome === null ? statusOnTheWay : judge;
  const { status, because } = whole({ rollout, state, rollbacks, issues, metrics, firing, isNow, atEnd });
  const traffic = trafficPoints(movesOf(subject, ledger.events), span, trafficNow);
  const stages = stagesOf(subject, material, issues);
  const { reported, series } = measured;
  return {
    kind,
    ...titles(subject, material),
    application: policy.application.name,
    title: policy.application.title,
    status,
    because,
    from: rfc3339(span.from),
    to: rfc3339(span.to),
    reportedAt: rfc3339(now),
    preparedBy: PREPARED_BY,
    rollout: rollout === null ? null : factsOf(rollout),
    traffic: {
      before: traffic[0]?.value ?? trafficNow,
      after: traffic.at(-1)?.value ?? trafficNow,
      highest: Math.max(...traffic.map(({ value }) => value)),
    },
    stages,
    rollbacks: rollbacks.map(factsOfRollback),
    autoRollback: rollbacks.some(({ isAutomatic }) => isAutomatic),
    metrics,
    charts: chartsOf({ policy, span, traffic, reported, series, marks: marksOf(stages, rollbacks) }),
    issues,
    decision: decisionOf(subject, events, atEnd),
    nextSteps: nextOf(subject, material),
    progress: rollout === null ? null : progressOf({ policy, state, rollout, now }, span.to),
    finalSuccess: kind === "final" && rollout?.outcome === "completed" ? finalSuccessOf(material) : null,
    firing: isNow ? firing : null,
    links: safeLinks(material.links),
    contacts: contactsOf(policy),
    unknown: unknownOf(material),
  };
}

/** Of a stage those between its entry and its end, which may be of the same millisecond as others. */
function eventsWithin(subject: Subject, { span, ledger }: Material): readonly LedgerEvent[] {
  if (subject.kind !== "stage") return ledger.events.filter(({ at }) => at > span.from && at <= span.to);
  const { stage, rollout } = subject;
  const entry = ledger.events.find(
    (event) => event.rollout?.id === rollout.id && event.rollout.stage >= stage.stage,
  );
  const end = endOfStage(stage, rollout, ledger.events);
  return ledger.events.filter(
    ({ revision, at }) =>
      revision > (entry?.revision ?? 0) &&
      at <= span.to &&
      revision <= (end?.revision ?? Number.POSITIVE_INFINITY),
  );
}

/** What a promotion makes of the traffic is the next stage's. */
function movesOf(subject: Subject, events: readonly LedgerEvent[]): readonly LedgerEvent[] {
  if (subject.kind !== "stage") return events;
  const end = endOfStage(subject.stage, subject.rollout, events);
  if (end?.rollout?.stage !== subject.stage.stage + 1) return events;
  return events.filter(({ revision }) => revision < end.revision);
}

function titles(subject: Subject, { policy, span, now }: Material): { name: string; heading: string } {
  const { title } = policy.application;
  switch (subject.kind) {
    case "stage": {
      const { rollout, stage } = subject;
      const traffic = rollout.plan.stages[stage.stage - 1]?.traffic ?? 0;
      const end =
        stage.endedAt === null
          ? "so far"
          : rollout.history.some((each) => each.stage === stage.stage)
            ? "complete"
            : "stopped";
      return {
        name: `stage-${rollout.id}-${stage.stage}`,
        heading: `${title}: stage ${stage.stage} of ${rollout.plan.stages.length} ${end}, ${traffic} % rollout`,
      };
    }
    case "day":
      return {
        name: `day-${subject.rollout.id}-${subject.day}`,
        heading: `${title}: day ${subject.day}${span.to < now || span.to - span.from >= DAY ? "" : " so far"}`,
      };
    case "final":
      return {
        name: `final-${subject.rollout.id}`,
        heading: `${title}: rollout ${subject.rollout.plan.name} ${statusOf(subject.rollout).replace("_", " ")}`,
      };
    case "daily": {
      const date = rfc3339(span.to).slice(0, 10);
      return { name: `daily-${date}`, heading: `${title}: the 24 hours until ${date}` };
    }
  }
}

const DAY = 24 * 60 * 60_000;

function stagesOf(subject: Subject, material: Material, issues: ProgressReport["issues"]): StageResult[] {
  const { rollout } = subject;
  if (rollout === null) return [];
  const { policy, state, span, ledger, now } = material;
  const begun = stagesBegun(rollout).filter((stage) =>
    subject.kind === "stage"
      ? stage.stage === subject.stage.stage
      : stage.startedAt < span.to && (stage.endedAt ?? span.to) > span.from,
  );
  return begun.flatMap((stage) => {
    const result = stageResult(stage, { policy, state, rollout, events: ledger.events, issues });
    return result === null ? [] : [asOf(result, stage, span.to, now)];
  });
}

/** What became of it after the time is none of that time's business. */
function asOf(result: StageResult, { endedAt }: StageSpan, until: Instant, now: Instant): StageResult {
  if (until >= now || (endedAt ?? Number.POSITIVE_INFINITY) <= until) return result;
  return { ...result, result: "RUNNING", endedAt: null, seenSeconds: null, checks: null, verdict: null };
}

function factsOf(rollout: Rollout): RolloutFacts {
  const { id, plan, attempt, startedAt, startedBy, endedAt } = rollout;
  return {
    id,
    plan: plan.name,
    state: statusOf(rollout),
    attempt,
    stages: plan.stages.length,
    startedAt: rfc3339(startedAt),
    startedBy,
    endedAt: endedAt === null ? null : rfc3339(endedAt),
  };
}

function marksOf(
  stages: readonly StageResult[],
  rollbacks: ReturnType<typeof rollbacksIn>,
): ChartView["marks"] {
  return [
    ...stages.map(({ stage, traffic, deployedAt }) => ({
      kind: "stage" as const,
      at: deployedAt,
      label: `${stage}: ${traffic} %`,
    })),
    ...rollbacks.map(({ startedAt, tier }) => ({
      kind: "rollback" as const,
      at: rfc3339(startedAt),
      label: `rollback${tier === null ? "" : `: ${tier}`}`,
    })),
  ];
}

function decisionOf(
  subject: Subject,
  events: readonly LedgerEvent[],
  atEnd: boolean,
): ProgressReport["decision"] {
  const { rollout } = subject;
  if (rollout === null) return null;
  if (subject.kind === "stage") return decisionOnStage(subject.stage, rollout, events);
  return atEnd ? decisionSoFar(rollout) : decisionWithin(rollout, events);
}

function nextOf(subject: Subject, { policy, state, now }: Material): NextStep[] {
  const { rollout } = subject;
  if (rollout === null) return nextStepsWithout({ state });
  const begun = subject.kind === "stage" ? stageBehind(subject.stage, rollout) : [];
  return [...begun, ...nextStepsOf({ policy, state, rollout, now })];
}
