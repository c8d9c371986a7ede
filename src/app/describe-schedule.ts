import { formatBound } from "../domain/judge.ts";
import type { Policy } from "../domain/policy.ts";
import type { ScheduledStage } from "../domain/schedule.ts";
import { describeChanges, type FlagChangeView } from "./describe-changes.ts";
import { judgedBy, seconds } from "./describe-rollout.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A stage of a dry run: times are RFC 3339, durations seconds, percentages 0 to 100. */
export interface ScheduledStageView {
  readonly stage: number;
  readonly name: string;
  readonly traffic: number;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly bakeSeconds: number;
  readonly checkEverySeconds: number;
  readonly gate: string;
  readonly criteria: readonly {
    readonly metric: string;
    readonly green: string;
    readonly red: string | null;
    readonly judged: string;
  }[];
  readonly approval: boolean;
  readonly flags: readonly FlagChangeView[];
}

export function describeSchedule(schedule: readonly ScheduledStage[], policy: Policy): ScheduledStageView[] {
  return schedule.map(({ startsAt, endsAt, bake, checkEvery, criteria, ...stage }) => ({
    ...stage,
    flags: describeChanges(stage.flags, policy),
    startsAt: rfc3339(startsAt),
    endsAt: rfc3339(endsAt),
    bakeSeconds: seconds(bake),
    checkEverySeconds: seconds(checkEvery),
    criteria: criteria.map((criterion) => ({
      metric: criterion.metric,
      green: formatBound(criterion.green),
      red: criterion.red && formatBound(criterion.red),
      judged: judgedBy(criterion),
    })),
  }));
}
