import type { Bound, Gate, GateCriterion } from "../../domain/gate.ts";
import { colouredPanels } from "../../domain/generate/dashboard-panels.ts";
import type { Policy } from "../../domain/policy.ts";

/** A metric that a report tells of, and what it is judged by. */
export interface Reported {
  readonly metric: string;
  readonly unit: "percent" | "milliseconds" | "count" | "ratio";
  /** What Prometheus is asked where it is no metric of the policy; null: it is one. */
  readonly expr: string | null;
  readonly source: GateCriterion["source"];
  /** Whether the gate that was asked for judges it. */
  readonly gated: boolean;
  /** Null: the policy says nothing of it. */
  readonly criterion: GateCriterion | null;
}

/**
 * What is told of: the gate's criteria first, then the policy's other metrics. Those that this gate does not judge are held
 * against another gate that does, else against what the dashboard colors them by.
 * @param gate the stage's; undefined: there is none
 */
export function reportedMetrics(policy: Policy, gate: Gate | undefined): Reported[] {
  const judged = gate ?? policy.gates.get(policy.verify.gate);
  const units = new Map(policy.metrics.map(({ record, unit }) => [record, unit]));
  const first = (judged?.criteria ?? []).map((criterion): Reported => {
    const { metric, expr, source } = criterion;
    return { metric, unit: units.get(metric) ?? "count", expr, source, gated: true, criterion };
  });
  const known = new Set(first.map(({ metric }) => metric));
  const others = policy.metrics
    .filter(({ record }) => !known.has(record))
    .map(({ record, unit }): Reported => {
      const criterion = ofAnotherGate(record, policy) ?? ofDashboard(record, policy);
      return { metric: record, unit, expr: null, source: "prometheus", gated: false, criterion };
    });
  return [...first, ...others];
}

function ofAnotherGate(record: string, { gates }: Policy): GateCriterion | undefined {
  const all = [...gates.values()].flatMap(({ criteria }) => criteria);
  return all.find(({ metric, source }) => metric === record && source === "prometheus");
}

function ofDashboard(record: string, policy: Policy): GateCriterion | null {
  const colors = colouredPanels(policy).find(({ metric }) => metric === record)?.thresholds;
  if (colors === undefined) return null;
  const isLowGood = colors.red > colors.yellow;
  const bound = (comparison: Bound["comparison"], value: number): Bound => ({ comparison, value });
  return {
    metric: record,
    expr: null,
    source: "prometheus",
    green: bound(isLowGood ? "<" : ">", colors.yellow),
    red: bound(isLowGood ? ">" : "<", colors.red),
    sustained: "whole-bake",
  };
}
