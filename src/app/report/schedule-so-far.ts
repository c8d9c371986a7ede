import { settingsOf } from "../../domain/flag.ts";
import type { Policy } from "../../domain/policy.ts";
import { isActive, type Rollout } from "../../domain/rollout.ts";
import { type ScheduledStage, scheduleOf } from "../../domain/schedule.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import { seconds } from "../describe-rollout.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { ProgressView } from "./report.ts";

export interface RolloutNow {
  readonly policy: Policy;
  readonly state: ApplicationState;
  readonly rollout: Rollout;
  readonly now: Instant;
}

/** Looks come once a minute, and a promotion waits for one: so little is no delay. */
const ON_TIME: Duration = 15 * 60_000;

/**
 * How far a rollout had come at a time, and how far behind its plan. As planned each stage takes its bake, or the plan's step
 * where that is longer.
 */
export function progressOf(at: RolloutNow, until: Instant): ProgressView {
  const { rollout, now } = at;
  const stages = rollout.plan.stages.length;
  const completed = rollout.history.filter(({ endedAt }) => endedAt <= until).length;
  const percent = Math.round((completed / Math.max(1, stages)) * 1_000) / 10;
  const head = { completed, stages, percent };
  if (!isActive(rollout) && rollout.outcome !== "completed" && (rollout.endedAt ?? now) <= until)
    return { ...head, timeline: "stopped", bySeconds: 0, estimatedEnd: null };
  const late = lateBy(at, until);
  const timeline = Math.abs(late) <= ON_TIME ? "on schedule" : late > 0 ? "behind" : "ahead";
  const end = estimatedEnd(at);
  return {
    ...head,
    timeline,
    bySeconds: timeline === "on schedule" ? 0 : Math.round(seconds(Math.abs(late))),
    estimatedEnd: end === null ? null : rfc3339(end),
  };
}

/** Less than 0: earlier than planned. */
function lateBy({ policy, state, rollout }: RolloutNow, until: Instant): Duration {
  const begun = [...rollout.history, { stage: rollout.stage + 1, startedAt: rollout.stageStartedAt }];
  const current = begun.findLast(({ startedAt }) => startedAt <= until) ?? begun[0];
  const first = (begun[0]?.stage ?? 1) - 1;
  const settings = settingsOf(policy.flags, state.flags);
  const { plan, thresholds, startedAt: from, endedAt } = rollout;
  const planned = scheduleOf({ plan, thresholds, policy, settings, from, stage: first });
  const last = planned.at(-1);
  if (endedAt !== null && endedAt <= until && last !== undefined) return endedAt - last.endsAt;
  const stage = planned.find((each) => each.stage === current?.stage);
  if (stage === undefined || current === undefined) return 0;
  // It is late for what it began late, and for each minute that it takes longer than planned.
  const begunLate = current.startedAt - stage.startsAt;
  return until > stage.endsAt ? Math.max(begunLate, until - stage.endsAt) : begunLate;
}

/** The stage that it is in, and those behind it, if everything stays green. Empty where nothing goes on. */
export function stagesToCome({ policy, state, rollout, now }: RolloutNow): ScheduledStage[] {
  const { bake } = state;
  if (!isActive(rollout) || state.rollout?.id !== rollout.id || bake === null) return [];
  const settings = settingsOf(policy.flags, state.flags);
  const { plan, thresholds, stage, stageStartedAt, pausedAt } = rollout;
  const looksOn = pausedAt === null && bake.countFrom !== null ? bake.countFrom : now;
  const isLast = stage + 1 >= plan.stages.length;
  const baked = Math.max(now, looksOn + Math.max(0, bake.needed - bake.seen));
  const endsAt = Math.max(baked, isLast ? 0 : stageStartedAt + (plan.stepEvery ?? 0));
  const [current] = scheduleOf({ plan, thresholds, policy, settings, from: stageStartedAt, stage });
  const rest = scheduleOf({ plan, thresholds, policy, settings, from: endsAt, stage: stage + 1 });
  return current === undefined ? rest : [{ ...current, endsAt }, ...rest];
}

function estimatedEnd(at: RolloutNow): Instant | null {
  if (at.rollout.endedAt !== null) return null;
  return stagesToCome(at).at(-1)?.endsAt ?? null;
}
