import { worstValue } from "../../domain/judge.ts";
import type { MetricPolicy, Policy } from "../../domain/policy.ts";
import { verifyCriteria } from "../../domain/verification-check.ts";
import { Deadline } from "../deadline.ts";
import { measure } from "../gather-evidence/measure.ts";
import type { MetricsSource } from "../ports.ts";

/** A number that tells people how an application is: `error rate`, `0.04 %`. */
export interface Figure {
  readonly name: string;
  readonly value: string;
}

const WITHIN = 5_000;

const UNITS: Readonly<Record<MetricPolicy["unit"], string>> = {
  percent: " %",
  milliseconds: " ms",
  count: "",
  ratio: "",
};

/** What a rollback is judged by, as it is now; what has no data is left out. Never rejects. */
export async function figuresNow(metrics: MetricsSource | null, policy: Policy): Promise<readonly Figure[]> {
  if (metrics === null) return [];
  const criteria = verifyCriteria(policy);
  const deadline = new Deadline(WITHIN);
  try {
    const { values } = await measure(metrics, criteria, policy, deadline);
    return criteria.flatMap((criterion): Figure[] => {
      const value = worstValue(criterion, values.get(criterion.metric) ?? []);
      if (value === undefined) return [];
      const unit = policy.metrics.find(({ record }) => record === criterion.metric)?.unit ?? "count";
      return [
        {
          name: criterion.metric.replaceAll("_", " "),
          value: `${Number(value.toPrecision(3))}${UNITS[unit]}`,
        },
      ];
    });
  } finally {
    deadline.clear();
  }
}
