import type { GateCriterion } from "../../domain/gate.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Deadline } from "../deadline.ts";
import { inParallel } from "../in-parallel.ts";
import type { MetricsSource } from "../ports.ts";
import { expressionOf } from "./expression-of.ts";
import { NO_PROMETHEUS, why } from "./unavailable.ts";

export interface Seen {
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly blindness: readonly string[];
}

/** Queries of one look that are under way at the same time. */
const AT_ONCE = 8;

interface Measured {
  readonly metric: string;
  readonly values: readonly number[];
  readonly nan: number;
  readonly warnings: readonly string[];
  /** Why there is no answer; null when there is one. */
  readonly failure: string | null;
}

/** Asks Prometheus for every criterion of a gate that it answers for. */
export async function measure(
  source: MetricsSource | null,
  criteria: readonly GateCriterion[],
  policy: Policy,
  deadline: Deadline,
): Promise<Seen> {
  if (criteria.length === 0) return { values: new Map(), blindness: [] };
  if (source === null) {
    return { values: new Map(criteria.map(({ metric }) => [metric, []])), blindness: [NO_PROMETHEUS] };
  }
  const all = await inParallel(criteria, AT_ONCE, async (criterion): Promise<Measured> => {
    const { metric } = criterion;
    try {
      const expr = expressionOf(criterion, policy);
      const answer = await deadline.run("Prometheus", () => source.query(expr));
      return { metric, nan: 0, ...answer, failure: null };
    } catch (error) {
      return { metric, values: [], nan: 0, warnings: [], failure: why(error) };
    }
  });
  return {
    values: new Map(all.map(({ metric, values }) => [metric, values])),
    blindness: [...failuresOf(all), ...halfSeen(all), ...doubtsOf(all)],
  };
}

/** What all of them fail of is said once; what only some do, with their names. */
function failuresOf(all: readonly Measured[]): string[] {
  const metricsOf = new Map<string, string[]>();
  for (const { metric, failure } of all) {
    if (failure !== null) metricsOf.set(failure, [...(metricsOf.get(failure) ?? []), metric]);
  }
  return [...metricsOf].map(([failure, metrics]) =>
    metrics.length === all.length ? failure : `${metrics.join(", ")}: ${failure}`,
  );
}

/** A series without data, an instance without requests, must not hide behind another one that has some. */
function halfSeen(all: readonly Measured[]): string[] {
  return all.flatMap(({ metric, values, nan }) =>
    nan > 0 && values.length > 0 ? [`${metric} is NaN in ${nan} of ${nan + values.length} series`] : [],
  );
}

/** What Prometheus itself says of its answers, by what was asked. */
export function doubtsOf(all: readonly Pick<Measured, "metric" | "warnings">[]): string[] {
  return all.flatMap(({ metric, warnings }) => {
    const serious = warnings.filter((warning) => !isAnnotation(warning));
    return serious.length === 0
      ? []
      : [`Prometheus' answer for ${metric} may not be whole: ${serious.join("; ")}`];
  });
}

/** From Prometheus 2.48 on: it comments on the expression, and its answer is whole. */
function isAnnotation(warning: string): boolean {
  return warning.startsWith("PromQL");
}
