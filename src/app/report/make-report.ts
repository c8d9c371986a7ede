import type { Policy } from "../../domain/policy.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Duration } from "../../domain/time.ts";
import { Deadline } from "../deadline.ts";
import { describeApplication } from "../describe-application.ts";
import type { Policies } from "../policies.ts";
import type { AlertSource, Clock, MetricsSource, StateStore } from "../ports.ts";
import { policyNamed } from "../run-command.ts";
import { reportedMetrics } from "./criteria.ts";
import { firingNow } from "./firing-now.ts";
import { type IncidentSubject, incidentReport } from "./incident-report.ts";
import type { Material } from "./material.ts";
import { measureSeries, type Span } from "./measure-series.ts";
import { progressReport, type Subject } from "./progress-report.ts";
import { readLedger } from "./read-ledger.ts";
import type { Report, ReportKind, ReportLink } from "./report.ts";
import { rollbackNamed, rolloutNamed, spanOf, subjectOf } from "./report-subject.ts";
import { storyOf } from "./rollback-story.ts";
import { gateOfStage } from "./stage-results.ts";
import { trafficPoints, trafficSince } from "./traffic.ts";

export interface MakeReport {
  readonly policies: Policies;
  readonly store: Pick<StateStore, "read" | "events" | "ledger">;
  /** Null: not configured. */
  readonly metrics: MetricsSource | null;
  readonly alerts: AlertSource | null;
  readonly clock: Clock;
  /** Where people look further; what may be secret in an address is left out. */
  readonly links?: (application: string) => readonly ReportLink[];
  /** What has not answered by then counts as not answering. */
  readonly within?: Duration;
}

/** What is left out is as usual: the last one, or the one that goes on. */
export interface ReportRequest {
  readonly kind: ReportKind;
  /** A rollback's id, for an incident. */
  readonly rollback?: string;
  /** A rollout's id: the last one, or the one before it. */
  readonly rollout?: string;
  /** Counted from 1. */
  readonly stage?: number;
  /** Counted from 1: the first 24 hours. */
  readonly day?: number;
}

const WITHIN: Duration = 8_000;

/**
 * Makes a report from the state, the ledger, Prometheus and Alertmanager, as they are now. A source that is away leaves its
 * part unknown, and the report says so.
 * @throws NothingToReport; RollguardError `unknown_application`, `store_unavailable`
 */
export async function makeReport(
  tools: MakeReport,
  application: string,
  request: ReportRequest,
): Promise<Report> {
  const policy = policyNamed(tools.policies, application);
  const state = await tools.store.read(application);
  const deadline = new Deadline(tools.within ?? WITHIN);
  const at = { policy, state, tools, deadline };
  try {
    return request.kind === "incident" ? await incident(at, request) : await progress(at, request);
  } finally {
    deadline.clear();
  }
}

interface At {
  readonly policy: Policy;
  readonly state: ApplicationState;
  readonly tools: MakeReport;
  readonly deadline: Deadline;
}

async function progress(at: At, request: ReportRequest): Promise<Report> {
  const { state, policy, tools } = at;
  const now = tools.clock.now(policy.application.name);
  const subject = subjectOf(request, rolloutNamed(state, request), now);
  const span = spanOf(subject, now);
  const { rollout } = subject;
  const number = subject.kind === "stage" ? subject.stage.stage : (rollout?.stage ?? 0) + 1;
  const gate = rollout === null ? undefined : gateOfStage(number, rollout, policy);
  const material = await gather(at, span, now, gate);
  return progressReport(subject, await withFinal(subject, material, at));
}

async function incident(at: At, request: ReportRequest): Promise<Report> {
  const { state, policy, tools } = at;
  const { store, clock } = tools;
  const now = clock.now(policy.application.name);
  const rollback = rollbackNamed(state, request.rollback);
  const { name } = policy.application;
  const story = await storyOf(store, name, state, rollback);
  const origin = Math.min(rollback.alertStartedAt ?? rollback.startedAt, rollback.startedAt);
  const end = "endedAt" in rollback ? Math.min(rollback.endedAt + AFTER, now) : now;
  const gate = policy.gates.get(policy.verify.gate);
  const material = await gather(at, { from: origin - BEFORE, to: end }, now, gate);
  const { firstRevision } = rollback;
  const last = story.events.at(-1)?.revision ?? firstRevision;
  const { events, lacking } = material.ledger;
  const later = events.filter(({ revision }) => revision > last);
  const after = later.filter((event) => event.rollback === rollback.id);
  const subject: IncidentSubject = { rollback, story, after };
  // Of a long one the ledger's part is only its end; the story is all of it.
  const isCut = (events[0]?.revision ?? 0) > firstRevision;
  const before = events.filter(({ revision }) => revision < firstRevision);
  const ledger = {
    events: [...before, ...story.events, ...later],
    lacking: story.lacking ?? (isCut ? null : lacking),
  };
  return incidentReport(subject, { ...material, ledger });
}

/** So much of what was before an incident, and after it, is in its pictures. */
const BEFORE: Duration = 30 * 60_000;
const AFTER: Duration = 15 * 60_000;

async function gather(
  { policy, state, tools, deadline }: At,
  span: Span,
  now: number,
  gate: Parameters<typeof reportedMetrics>[1],
): Promise<Material> {
  const { store, metrics, alerts, links } = tools;
  const { name } = policy.application;
  const reported = reportedMetrics(policy, gate);
  const [ledger, series, firing] = await Promise.all([
    readLedger(store, name, span.from),
    measureSeries(metrics, reported, policy, span, deadline),
    firingNow(alerts, policy, deadline),
  ]);
  const isNow = span.to >= now;
  return {
    policy,
    state,
    now,
    trafficNow: describeApplication(policy, state, now).traffic,
    span,
    ledger,
    measured: { reported, series, critical: isNow ? firing.critical : null, noAlerts: firing.missing },
    firing: firing.firing,
    links: links?.(name) ?? [],
    sinceFull: null,
  };
}

/** The metrics of final success since all traffic was there: also after the rollout had ended. */
async function withFinal(subject: Subject, material: Material, { tools, deadline }: At): Promise<Material> {
  if (subject.kind !== "final" || subject.rollout.outcome !== "completed") return material;
  const { policy, ledger, span, trafficNow, now } = material;
  const { traffic, stableFor, gate } = policy.rollout.finalSuccess;
  const whole = { from: span.from, to: now };
  const since = trafficSince(trafficPoints(ledger.events, whole, trafficNow), traffic);
  if (since === null) return material;
  const reported = reportedMetrics({ ...policy, metrics: [] }, policy.gates.get(gate));
  const until = { from: since, to: Math.min(now, since + stableFor) };
  const sinceFull = await measureSeries(tools.metrics, reported, policy, until, deadline);
  return { ...material, sinceFull };
}
