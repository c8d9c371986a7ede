import type { ZodType } from "zod";
import type {
  LoadedRuleGroup,
  MetricAnswer,
  MetricsSource,
  RangeAnswer,
  TargetHealth,
} from "../../app/ports.ts";
import { RollguardError } from "../../domain/errors.ts";
import {
  formatted,
  type QueryData,
  queried,
  queriedRange,
  ruleGroups,
  sampleOf,
  targets,
} from "./answers.ts";
import { selectorsIn } from "./selectors-in.ts";
import { uncompared } from "./uncompared.ts";

type Parameters = readonly (readonly [name: string, value: string])[];

/** Milliseconds of each attempt, and how many there are. */
interface Patience {
  readonly timeout?: number;
  readonly attempts?: number;
}

/** What is needed of Prometheus' HTTP API, retries and time limits included. */
export interface PrometheusApi {
  /** @throws RollguardError `source_unavailable`, as `post` */
  get<T>(path: string, parameters: Parameters, schema: ZodType<T>, patience?: Patience): Promise<T>;
  post<T>(path: string, parameters: Parameters, schema: ZodType<T>, patience?: Patience): Promise<T>;
}

export function createPrometheusSource(api: PrometheusApi): MetricsSource {
  return {
    async query(expr): Promise<MetricAnswer> {
      const { data, warnings } = await api.post("/api/v1/query", [["query", expr]], queried);
      const samples = samplesOf(data);
      const values = samples.filter((value) => !Number.isNaN(value));
      return { values, nan: samples.length - values.length, warnings };
    },

    async queryRange(expr, { from, to, step }): Promise<RangeAnswer> {
      const seconds = (time: number): string => String(time / 1_000);
      const range: Parameters = [
        ["query", expr],
        ["start", seconds(from)],
        ["end", seconds(to)],
        ["step", seconds(step)],
      ];
      const { series, warnings } = await api.post("/api/v1/query_range", range, queriedRange);
      return { series: series.map((one) => one.filter(({ value }) => !Number.isNaN(value))), warnings };
    },

    async targets(): Promise<readonly TargetHealth[]> {
      const { activeTargets } = await api.get("/api/v1/targets", [["state", "active"]], targets);
      return activeTargets.map(({ labels, scrapePool, health, lastError }) => ({
        job: labels.job ?? scrapePool,
        instance: labels.instance ?? "",
        up: health === "up",
        lastError,
      }));
    },

    async ruleGroups(names = [], within): Promise<readonly LoadedRuleGroup[]> {
      // What an old server does not know it leaves unheeded: the answer is only longer.
      const wanted: Parameters = names.map((name) => ["rule_group[]", name]);
      const parameters: Parameters = [["exclude_alerts", "true"], ...wanted];
      const patience = within === undefined ? {} : { timeout: within, attempts: 1 };
      return (await api.get("/api/v1/rules", parameters, ruleGroups, patience)).groups;
    },

    format: (expr) => api.post("/api/v1/format_query", [["query", expr]], formatted),

    selectorsIn,
    uncompared,
  };
}

function samplesOf(data: QueryData): number[] {
  if (data.resultType === "scalar") return [sampleOf(data.result)];
  if (data.resultType === "vector") return data.result.map(sampleOf);
  throw new RollguardError(
    "source_unavailable",
    `Prometheus answered a ${data.resultType}: the expression must have one number for each series`,
  );
}
