import type { Bake } from "../domain/bake.ts";
import type { CountedReading } from "../domain/counts-told.ts";
import { gateOf } from "../domain/enter-stage.ts";
import type { GateCriterion, Sustained } from "../domain/gate.ts";
import { isSequential } from "../domain/gate-counts.ts";
import { formatBound, readingsOf, type Verdict } from "../domain/judge.ts";
import { doubtsOf } from "../domain/judging/share-mismatch.ts";
import type { Policy } from "../domain/policy.ts";
import type { Reason } from "../domain/reason.ts";
import { type HoldKind, isActive, type Rollout, type RolloutStatus, statusOf } from "../domain/rollout.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration, Instant } from "../domain/time.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A rollout as people and programs read it: times are RFC 3339, durations seconds, percentages 0 to 100. */
export interface RolloutView {
  readonly id: string;
  readonly plan: string;
  readonly state: RolloutStatus;
  readonly attempt: number;
  /** Counted from 1. */
  readonly stage: number;
  readonly stages: readonly StageView[];
  readonly startedAt: string;
  readonly startedBy: string;
  readonly stageStartedAt: string;
  readonly endedAt: string | null;
  readonly pausedAt: string | null;
  /** Null unless the gate wants more time, or an operator's word. */
  readonly hold: {
    readonly kind: HoldKind;
    readonly since: string;
    readonly why: readonly string[];
  } | null;
  /** Null while everything has data. */
  readonly blind: { readonly since: string; readonly missing: readonly string[] } | null;
  /** Null when it is not active. */
  readonly bake: BakeView | null;
  /** When the next stage may begin at the earliest, where the plan says so; null: as soon as this one is promoted. */
  readonly nextStageAt: string | null;
  readonly gate: readonly GateView[];
  /** The operator's own red bounds, by metric. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** The rollback that ended it. */
  readonly rollback: string | null;
  readonly lastDecision: {
    readonly at: string;
    readonly reason: Reason;
    readonly detail: string;
    readonly actor: string;
  };
}

export interface StageView {
  readonly stage: number;
  readonly name: string;
  readonly traffic: number;
  readonly bakeSeconds: number;
  readonly approval: boolean;
  /** Null before it begins; and of stages that a retry left out. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface BakeView {
  readonly neededSeconds: number;
  /** What good checks have vouched for. */
  readonly seenSeconds: number;
  /** If the next check is good. */
  readonly remainingSeconds: number;
  readonly checkEverySeconds: number;
  readonly nextCheckAt: string;
  /** What makes its comparison doubtful, in words; absent: nothing, or it compares nothing. */
  readonly doubts?: readonly string[];
}

export interface GateView {
  readonly metric: string;
  /** The newest sample; null when there is none. */
  readonly value: number | null;
  /** Of all samples of the bake so far. */
  readonly verdict: Verdict | "not_enough" | "no_data";
  readonly green: string;
  readonly red: string | null;
  /** How samples are judged, in words. */
  readonly judged: string;
  /** What was counted, what that proves, and how much is missing; null where its values are judged. */
  readonly counted: CountedReading | null;
}

export function describeRollout(policy: Policy, state: ApplicationState, now: Instant): RolloutView | null {
  const { rollout, bake } = state;
  if (rollout === null) return null;
  const { hold, blind, pausedAt, endedAt, lastDecision } = rollout;
  return {
    id: rollout.id,
    plan: rollout.plan.name,
    state: statusOf(rollout),
    attempt: rollout.attempt,
    stage: rollout.stage + 1,
    stages: stagesOf(rollout),
    startedAt: rfc3339(rollout.startedAt),
    startedBy: rollout.startedBy,
    stageStartedAt: rfc3339(rollout.stageStartedAt),
    endedAt: timeOf(endedAt),
    pausedAt: timeOf(pausedAt),
    hold: hold && { ...hold, since: rfc3339(hold.since) },
    blind: !isActive(rollout)
      ? null
      : blind && {
          since: rfc3339(blind.since),
          missing: bake?.missing.length ? bake.missing : blind.missing,
        },
    bake: isActive(rollout) && bake !== null ? bakeView(bake, pausedAt ?? now) : null,
    nextStageAt: nextStageAt(rollout),
    gate: gateView(rollout, bake, policy),
    thresholds: Object.fromEntries(rollout.thresholds),
    rollback: rollout.rollback,
    lastDecision: { ...lastDecision, at: rfc3339(lastDecision.at) },
  };
}

function nextStageAt(rollout: Rollout): string | null {
  const { plan, stage, stageStartedAt } = rollout;
  const isLast = stage + 1 >= plan.stages.length;
  if (!isActive(rollout) || isLast || plan.stepEvery === null) return null;
  return rfc3339(stageStartedAt + plan.stepEvery);
}

function stagesOf({ plan, stage: current, history, stageStartedAt, endedAt }: Rollout): StageView[] {
  return plan.stages.map(({ name, traffic, bake, approval }, index) => {
    const past = history.find(({ stage }) => stage === index + 1);
    const started = index === current ? stageStartedAt : (past?.startedAt ?? null);
    const ended = past?.endedAt ?? (index === current ? endedAt : null);
    return {
      stage: index + 1,
      name,
      traffic,
      bakeSeconds: seconds(bake),
      approval,
      startedAt: timeOf(started),
      endedAt: timeOf(ended),
    };
  });
}

function bakeView(
  { needed, seen, countFrom, checkEvery, nextCheckAt, nextSampleAt, missing, users }: Bake,
  now: Instant,
): BakeView {
  const doubts = users === undefined ? [] : doubtsOf(users);
  const since = countFrom === null ? 0 : Math.max(0, now - countFrom);
  return {
    neededSeconds: seconds(needed),
    seenSeconds: seconds(seen),
    remainingSeconds: seconds(Math.max(0, needed - seen - since)),
    checkEverySeconds: seconds(checkEvery),
    // Looks in between decide nothing when all is well.
    nextCheckAt: rfc3339(missing.length > 0 ? nextCheckAt : nextSampleAt),
    ...(doubts.length === 0 ? {} : { doubts }),
  };
}

/** The criteria of the stage that a rollout is in, as they stand now; none of one that has ended. */
export function gateView(rollout: Rollout, bake: Bake | null, policy: Policy): GateView[] {
  const gate = gateOf(rollout, policy);
  if (gate === undefined || !isActive(rollout)) return [];
  return readingsOf(gate, bake ?? { samples: new Map() }, rollout).map(
    ({ metric, value, verdict, green, red, counted }, index) => ({
      metric,
      value,
      verdict: verdict ?? (counted === undefined ? "no_data" : "not_enough"),
      green: formatBound(green),
      red: red && formatBound(red),
      judged: judgedBy(gate.criteria[index]),
      counted: counted ?? null,
    }),
  );
}

export function judgedBy(criterion: GateCriterion | undefined): string {
  if (criterion !== undefined && isSequential(criterion)) return "all requests of the stage";
  const sustained: Sustained = criterion?.sustained ?? "whole-bake";
  if (sustained === "whole-bake") return "every check of the bake";
  if (sustained === "average") return "the average of the bake";
  return `${sustained.checksInARow} checks in a row`;
}

export function seconds(duration: Duration): number {
  return duration / 1_000;
}

function timeOf(instant: Instant | null): string | null {
  return instant === null ? null : rfc3339(instant);
}
