import { type Bake, checkEveryOf } from "../../domain/bake.ts";
import type { LedgerEvent } from "../../domain/event.ts";
import type { Gate } from "../../domain/gate.ts";
import { COLORS, judgeGate, type Reading, withThresholds } from "../../domain/judge.ts";
import type { Policy } from "../../domain/policy.ts";
import { isActive, type Rollout, statusOf } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Instant } from "../../domain/time.ts";
import { seconds } from "../describe-rollout.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { Issue, StageResult } from "./report.ts";

/** A stage that has begun. */
export interface StageSpan {
  /** Counted from 1. */
  readonly stage: number;
  readonly startedAt: Instant;
  /** Null: it goes on. */
  readonly endedAt: Instant | null;
}

/** Those that have begun, in their order. */
export function stagesBegun({ history, stage, stageStartedAt, endedAt }: Rollout): StageSpan[] {
  const left = history.map(({ stage: number, startedAt, endedAt: end }) => ({
    stage: number,
    startedAt,
    endedAt: end,
  }));
  const current = { stage: stage + 1, startedAt: stageStartedAt, endedAt };
  return left.some((each) => each.stage === current.stage) ? left : [...left, current];
}

export interface StageSources {
  readonly policy: Policy;
  readonly state: ApplicationState;
  readonly rollout: Rollout;
  /** From the stage's beginning on. */
  readonly events: readonly LedgerEvent[];
  readonly issues: readonly Issue[];
}

export function stageResult(span: StageSpan, sources: StageSources): StageResult | null {
  const { policy, rollout, issues } = sources;
  const stage = rollout.plan.stages[span.stage - 1];
  if (stage === undefined) return null;
  const record = rollout.history.find((each) => each.stage === span.stage);
  const bake = record === undefined ? bakeNow(sources) : null;
  const gate = gateOfStage(span.stage, rollout, policy);
  const counts = [...(bake?.samples.values() ?? [])].map(({ count }) => count);
  return {
    stage: span.stage,
    name: stage.name,
    traffic: stage.traffic,
    result: record === undefined ? resultOf(rollout) : "SUCCESS",
    deployedAt: rfc3339(span.startedAt),
    endedAt: span.endedAt === null ? null : rfc3339(span.endedAt),
    bakeSeconds: seconds(stage.bake),
    seenSeconds: record !== undefined ? seconds(record.seen) : bake === null ? null : seconds(bake.seen),
    checks: record !== undefined ? (record.checks ?? null) : bake === null ? null : Math.max(0, ...counts),
    checkEverySeconds: seconds(checkEveryOf(stage, stage.bake, gate?.criteria ?? [])),
    verdict: verdictOf(span, sources, gate),
    issues: issues.filter(({ at }) => isIn(Date.parse(at), span)).length,
  };
}

export function gateOfStage(
  number: number,
  { plan, thresholds }: Rollout,
  { gates }: Policy,
): Gate | undefined {
  const gate = gates.get(plan.stages[number - 1]?.gate ?? "");
  return gate === undefined ? undefined : withThresholds(gate, thresholds);
}

/** The event by which it was left, or by which its rollout ended. */
export function endOfStage(
  { stage }: Pick<StageSpan, "stage">,
  { id }: Pick<Rollout, "id">,
  events: readonly LedgerEvent[],
): LedgerEvent | undefined {
  return events.find(({ rollout, reason }) => {
    if (rollout?.id !== id) return false;
    if (rollout.stage === stage) return ENDED.has(rollout.status);
    return rollout.stage === stage + 1 && (reason === "promoted" || reason === "approved");
  });
}

const ENDED: ReadonlySet<string> = new Set(["rolled_back", "aborted", "completed", "failed"]);

function bakeNow({ state, rollout }: StageSources) {
  return isActive(rollout) && state.rollout?.id === rollout.id ? state.bake : null;
}

function resultOf(rollout: Rollout): StageResult["result"] {
  const status = statusOf(rollout);
  switch (status) {
    case "running":
      return "RUNNING";
    case "holding":
      return "HOLDING";
    case "paused":
      return "PAUSED";
    case "completed":
      return "SUCCESS";
    case "aborted":
      return "ABORTED";
    default:
      return "FAILED";
  }
}

function verdictOf(span: StageSpan, sources: StageSources, gate: Gate | undefined): StageResult["verdict"] {
  const { rollout, events } = sources;
  const bake = bakeNow(sources);
  if (bake !== null && span.endedAt === null && gate !== undefined) {
    const sofar = judgeGate({ ...gate, criteria: seenOnly(gate, bake) }, bake, rollout);
    return sofar === null || (bake.samples.size === 0 && bake.counting === undefined)
      ? null
      : COLORS[sofar.verdict];
  }
  const end = endOfStage(span, rollout, events);
  return end === undefined ? null : worstOf(end.gate);
}

function seenOnly({ criteria }: Gate, { samples, counting }: Bake) {
  return criteria.filter(({ metric }) => samples.has(metric) || counting?.has(metric));
}

function worstOf(gate: readonly Reading[]): StageResult["verdict"] {
  const verdicts = gate.map(({ verdict }) => verdict);
  return (["red", "yellow", "green"] as const).find((each) => verdicts.includes(each)) ?? null;
}

function isIn(at: Instant, { startedAt, endedAt }: StageSpan): boolean {
  return at >= startedAt && at <= (endedAt ?? Number.POSITIVE_INFINITY);
}
