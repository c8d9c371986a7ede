import type { KeptWhy } from "../../domain/alert.ts";
import { firingAmong } from "../../domain/alert-memory.ts";
import type { LedgerEvent } from "../../domain/event.ts";
import { isHeldAsBlind } from "../../domain/keep-back.ts";
import { overrideVariableOf } from "../../domain/override.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Reason } from "../../domain/reason.ts";
import { isActive, type Rollout, type RolloutStatus, stageOf, statusOf } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { TierName } from "../../domain/tier.ts";
import { type Duration, formatDuration, type Instant } from "../../domain/time.ts";
import { describeApplication } from "../describe-application.ts";
import { issuesIn } from "../report/issues.ts";
import { ofLastDay } from "../report/report-subject.ts";
import { rollbacksIn, type ToldRollback } from "../report/rollbacks-in.ts";
import { type StatusSources, statusOnTheWay } from "../report/status-of.ts";
import { waitingIn } from "./daily-waiting.ts";

export interface DailySummaryParts {
  readonly policy: Policy;
  readonly state: ApplicationState;
  /** The ledger of the last day at least, the oldest first. */
  readonly events: readonly LedgerEvent[];
  /** Why the events are not all, in words; null: they are. */
  readonly lacking: string | null;
  /** Messages that were given up. */
  readonly deadLetters: number;
  /** `2026-11-21`, as the policy's time zone has it. */
  readonly day: string;
  readonly now: Instant;
  readonly production: boolean;
  readonly externalUrl: string | null;
}

/** What was, and what waits for somebody. Times are instants, percentages 0 to 100; texts are not escaped. */
export interface DailySummary {
  readonly application: string;
  readonly title: string;
  readonly production: boolean;
  readonly day: string;
  readonly from: Instant;
  readonly to: Instant;
  /** As the daily report judges it, from the ledger and the state alone. */
  readonly status: "ON TRACK" | "AT RISK" | "ROLLED BACK" | "NO ROLLOUT";
  readonly traffic: number;
  /** The one that runs, or the last one; null before the first. */
  readonly rollout: RolloutProgress | null;
  /** What became of the rollout in this time, the oldest first. */
  readonly rolloutSteps: readonly { readonly at: Instant; readonly text: string }[];
  readonly rollbacks: readonly RollbackTold[];
  /** Alerts that nothing was turned down for. */
  readonly keptBack: readonly KeptTold[];
  /** Every alert that a decision was about, the most frequent first. */
  readonly alerts: readonly { readonly alert: string; readonly times: number }[];
  /** Every decision, the most frequent first. */
  readonly decisions: readonly { readonly reason: Reason; readonly times: number }[];
  readonly quarantine: readonly { readonly rollback: string; readonly flags: readonly string[] }[];
  /** What somebody has to do, each with the command that does it. */
  readonly waiting: readonly string[];
  readonly overrides: readonly { readonly flag: string; readonly on: boolean; readonly variable: string }[];
  readonly deadLetters: number;
  /** Why it is not all, in words; null: it is. */
  readonly lacking: string | null;
  readonly console: string | null;
}

export interface RolloutProgress {
  readonly id: string;
  readonly plan: string;
  readonly status: RolloutStatus;
  /** Counted from 1. */
  readonly stage: number;
  readonly stages: number;
  readonly stageName: string;
  /** Percent of its stages that are behind it. */
  readonly completed: number;
  readonly lastDecision: string;
}

export interface RollbackTold {
  readonly id: string;
  readonly at: Instant;
  readonly tier: TierName | null;
  readonly trigger: string;
  readonly flags: number;
  readonly traffic: { readonly before: number; readonly after: number } | null;
  /** How it stands or ended, in words. */
  readonly outcome: string;
}

export interface KeptTold {
  readonly alert: string;
  readonly why: Exclude<KeptWhy, "acknowledged">;
  readonly times: number;
  readonly isFiring: boolean;
}

const DAY: Duration = 24 * 3_600_000;

/** Of the last 24 hours. */
export function dailySummaryOf(parts: DailySummaryParts): DailySummary {
  const { policy, state, day, now, production, deadLetters, externalUrl, lacking } = parts;
  const { application } = policy;
  const span = { from: now - DAY, to: now };
  const isIn = (at: Instant): boolean => at > span.from && at <= now;
  const events = parts.events.filter(({ at }) => isIn(at));
  const unchanged = [...events.flatMap((event) => event.unchanged ?? []), ...state.unchanged].filter(
    ({ lastAt }) => isIn(lastAt),
  );
  const { traffic, quarantine } = describeApplication(policy, state, now);
  const rollbacks = rollbacksIn(parts.events, state, span);
  const rollout = ofLastDay(state.rollout, now);
  const waiting = waitingIn({ policy, state, rollout, quarantine, deadLetters });
  return {
    application: application.name,
    title: application.title,
    production,
    day,
    ...span,
    status: statusFrom({
      rollout,
      state,
      rollbacks,
      issues: issuesIn({ events, later: parts.events, rollbacks, state }),
    }),
    traffic,
    rollout: progressOf(state.rollout),
    rolloutSteps: events.flatMap(({ at, rollout, detail, reason }) =>
      rollout === null ? [] : [{ at, text: detail ?? reason.replaceAll("_", " ") }],
    ),
    rollbacks: rollbacks.map((rollback) => told(rollback, parts.events)),
    keptBack: keptBackIn(events, unchanged, state),
    alerts: counted([
      ...events.flatMap(({ alert }) => (alert === null ? [] : [[alert.name, 1] as const])),
      ...unchanged.map(({ alert, times }) => [alert, times] as const),
    ]).map(([alert, times]) => ({ alert, times })),
    decisions: counted([
      ...events.map(({ reason }) => [reason, 1] as const),
      ...unchanged.map(({ reason, times }) => [reason, times] as const),
    ]).map(([reason, times]) => ({ reason, times })),
    quarantine: byRollback(quarantine),
    waiting,
    overrides: [...policy.flags.values()].flatMap(({ key, override }) =>
      override === null ? [] : [{ flag: key, on: override, variable: overrideVariableOf(key) }],
    ),
    deadLetters,
    lacking,
    console: externalUrl,
  };
}

type Known = Pick<StatusSources, "rollout" | "state" | "rollbacks" | "issues">;

/** The mail must not say otherwise than the report of the same moment; nobody is asked for metrics or alerts. */
function statusFrom(known: Known): DailySummary["status"] {
  return statusOnTheWay({ ...known, metrics: [], firing: null, isNow: true, atEnd: true }).status;
}

function progressOf(rollout: Rollout | null): RolloutProgress | null {
  if (rollout === null) return null;
  const { id, plan, stage, history, lastDecision } = rollout;
  const stages = plan.stages.length;
  const completed = Math.round((100 * Math.min(history.length, stages)) / Math.max(1, stages));
  return {
    id,
    plan: plan.name,
    status: statusOf(rollout),
    stage: stage + 1,
    stages,
    stageName: stageOf(rollout).name,
    completed: isActive(rollout) || rollout.outcome !== "completed" ? completed : 100,
    lastDecision: lastDecision.detail,
  };
}

function told(
  { id, startedAt, tier, trigger, status, endedAt }: ToldRollback,
  all: readonly LedgerEvent[],
): RollbackTold {
  const own = all.filter(({ rollback }) => rollback === id);
  const moves = own.flatMap(({ traffic }) => (traffic === null ? [] : [traffic]));
  const [from, to] = [moves[0], moves.at(-1)];
  const end =
    endedAt === null ? ", still open" : `, over after ${formatDuration(inSeconds(endedAt - startedAt))}`;
  return {
    id,
    at: startedAt,
    tier,
    trigger,
    flags: new Set(own.flatMap(({ flags }) => flags.map(({ flag }) => flag))).size,
    traffic: from === undefined || to === undefined ? null : { before: from.before, after: to.after },
    outcome: `${OUTCOMES[status]}${end}`,
  };
}

const OUTCOMES: Readonly<Record<ToldRollback["status"], string>> = {
  verifying: "not known yet whether it has helped",
  verified: "it has helped",
  unverified: "it is not known whether it has helped",
  failed: "it has NOT helped",
  ended: "an operator ended it before that was known",
};

function inSeconds(duration: Duration): Duration {
  return Math.round(duration / 1_000) * 1_000;
}

const KEPT: ReadonlyMap<Reason, KeptTold["why"]> = new Map([
  ["storm_breaker", "storm_breaker"],
  ["cooldown", "cooldown"],
  ["held", "unrelated"],
]);

/** A hold that an alert has brought about was for one that no change is blamed for, or whose target cannot be read. */
function keptBackIn(
  events: readonly LedgerEvent[],
  unchanged: ApplicationState["unchanged"],
  state: ApplicationState,
): KeptTold[] {
  const firing = new Set(firingAmong(state, state.kept).map(({ name }) => name));
  const all = [
    ...events.flatMap(({ alert, reason }) =>
      alert === null ? [] : [{ alert: alert.name, reason, times: 1 }],
    ),
    ...unchanged,
  ];
  const unread = new Set(events.filter(isHeldAsBlind).map(({ alert }) => alert?.name));
  const kept = new Map<string, KeptTold>();
  for (const { alert, reason, times } of all) {
    const why = reason === "held" && unread.has(alert) ? "blind" : KEPT.get(reason);
    if (why === undefined) continue;
    const key = `${why} ${alert}`;
    const before = kept.get(key)?.times ?? 0;
    kept.set(key, { alert, why, times: before + times, isFiring: firing.has(alert) });
  }
  return [...kept.values()];
}

/** Sums of equal keys, the largest first. */
function counted<K>(pairs: readonly (readonly [key: K, times: number])[]): (readonly [K, number])[] {
  const sums = new Map<K, number>();
  for (const [key, times] of pairs) sums.set(key, (sums.get(key) ?? 0) + times);
  return [...sums].sort(([, a], [, b]) => b - a);
}

function byRollback(
  quarantine: readonly { readonly flag: string; readonly rollback: string }[],
): DailySummary["quarantine"] {
  const rollbacks = new Map<string, string[]>();
  for (const { flag, rollback } of quarantine)
    rollbacks.set(rollback, [...(rollbacks.get(rollback) ?? []), flag]);
  return [...rollbacks].map(([rollback, flags]) => ({ rollback, flags }));
}
