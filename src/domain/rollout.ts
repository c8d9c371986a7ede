import type { Plan, Stage } from "./plan.ts";
import type { Reason } from "./reason.ts";
import type { Duration, Instant } from "./time.ts";

/** What a rollout can be; only the first three can still move without an operator's `retry`. */
export const ROLLOUT_STATUSES = [
  "running",
  "holding",
  "paused",
  "rolled_back",
  "aborted",
  "completed",
  "failed",
] as const;

export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

/** How a rollout ended. `failed`: the policy does not have what its next stage sets. */
export type RolloutOutcome = Exclude<RolloutStatus, "running" | "holding" | "paused">;

/** One run of a plan. The last one is kept after its end, for whoever asks and for `retry`. */
export interface Rollout {
  readonly id: string;
  /** As it was when it was deployed: an edited policy does not move the stages of what runs. */
  readonly plan: Plan;
  /** Red bounds that the operator chose instead of the gates' own, by metric. */
  readonly thresholds: ReadonlyMap<string, number>;
  /** Counted from 1: a retry is the next attempt. */
  readonly attempt: number;
  /** Index into the plan's stages. */
  readonly stage: number;
  readonly startedAt: Instant;
  readonly startedBy: string;
  readonly stageStartedAt: Instant;
  /** The gate wants more time, or an operator's word. */
  readonly hold: Hold | null;
  /** We cannot see enough to decide. */
  readonly blind: Blindness | null;
  readonly pausedAt: Instant | null;
  readonly outcome: RolloutOutcome | null;
  readonly endedAt: Instant | null;
  /** The rollback that ended it. */
  readonly rollback: string | null;
  /** Stages that it left behind. */
  readonly history: readonly StageRecord[];
  readonly lastDecision: LastDecision;
}

/** `shared_cause`: red, and so are those without the change. `not_enough`: too few requests to tell. */
export type HoldKind = "yellow" | "approval" | "shared_cause" | "not_enough";

export interface Hold {
  readonly kind: HoldKind;
  readonly since: Instant;
  readonly why: readonly string[];
}

export interface Blindness {
  readonly since: Instant;
  /** What is missing, in words. */
  readonly missing: readonly string[];
}

export interface StageRecord {
  /** Counted from 1. */
  readonly stage: number;
  readonly traffic: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Bake time that good checks vouched for. */
  readonly seen: Duration;
  /** Samples in the bake that decided; absent in records of before they were counted. */
  readonly checks?: number;
}

export interface LastDecision {
  readonly at: Instant;
  readonly reason: Reason;
  /** In words. */
  readonly detail: string;
  readonly actor: string;
}

export function statusOf({ outcome, pausedAt, hold, blind }: Rollout): RolloutStatus {
  if (outcome !== null) return outcome;
  if (pausedAt !== null) return "paused";
  return hold !== null || blind !== null ? "holding" : "running";
}

/** Of a rollout that has lost its stage, as only a damaged store can say: no gate lets it go on from there. */
const NOWHERE: Stage = {
  name: "",
  traffic: 0,
  flags: new Map(),
  bake: 1,
  checkEvery: 1,
  gate: "",
  approval: true,
};

/** The stage that it is in. */
export function stageOf({ plan, stage }: Pick<Rollout, "plan" | "stage">): Stage {
  return plan.stages[stage] ?? NOWHERE;
}

/** One that may still move. */
export type ActiveRollout = Rollout & { readonly outcome: null };

export function isActive(rollout: Rollout | null): rollout is ActiveRollout {
  return rollout !== null && rollout.outcome === null;
}
