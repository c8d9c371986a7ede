import type { CountsDue } from "../../domain/counts-due.ts";
import type { Evidence } from "../../domain/evidence.ts";
import type { GateCriterion } from "../../domain/gate.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Instant } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import type { CountReader } from "../gather-counts/count-reader.ts";
import { gatherCounts } from "../gather-counts.ts";
import { gatherCountsBefore } from "../gather-counts-before.ts";
import type { MetricsSource } from "../ports.ts";
import { NO_PROMETHEUS, why } from "./unavailable.ts";

export interface StageCounts {
  readonly seen: Pick<Evidence, "counts" | "countsBefore">;
  readonly blindness: readonly string[];
}

export interface CountStage {
  readonly reader: CountReader | null;
  readonly metrics: MetricsSource | null;
  readonly criteria: readonly GateCriterion[];
  readonly due: readonly CountsDue[];
}

const NOTHING: StageCounts = { seen: {}, blindness: [] };

/** What a look at a stage is to count. What was usual before is only asked for; without it the stage is judged all the same. */
export async function countStage(
  { reader, metrics, criteria, due }: CountStage,
  policy: Policy,
  deadline: Deadline,
  now: Instant,
): Promise<StageCounts> {
  if (due.length === 0) return NOTHING;
  if (reader === null) return { ...NOTHING, blindness: [NO_PROMETHEUS] };
  const byMetric = new Map(due.map((each) => [each.metric, each]));
  const counted = criteria.filter(({ metric }) => byMetric.has(metric));
  const { scrape } = policy;
  const before = deadline
    .run("Prometheus", () =>
      gatherCountsBefore(reader, metrics, {
        criteria: counted.filter(({ metric }) => (byMetric.get(metric)?.before ?? null) !== null),
        before: (metric) => byMetric.get(metric)?.before ?? { stage: now, rollout: now },
        scrape,
      }),
    )
    // It is asked for again by the next look.
    .catch(() => new Map());
  try {
    const asked = {
      criteria: counted,
      from: (metric: string) => byMetric.get(metric)?.since ?? now,
      now,
      scrape,
    };
    const { counts, trouble } = await deadline.run("Prometheus", () => gatherCounts(reader, asked));
    const countsBefore = await before;
    const ignored = policy.metrics.filter(({ noData }) => noData === "ignore").map(({ record }) => record);
    return {
      seen: { counts, countsBefore },
      blindness: trouble
        .filter(({ metric, blind }) => blind && !ignored.includes(metric))
        .map((each) => `${each.metric}: ${each.why}`),
    };
  } catch (error) {
    return { ...NOTHING, blindness: [why(error)] };
  }
}
