import type { YamlPath } from "../adapters/files/yaml-document.ts";
import type { Bound } from "../domain/gate.ts";
import { checkMargin, NEEDS_BY } from "./policy-metric-rules.ts";
import type { Rule, RuleContext } from "./policy-rule.ts";
import type { WrittenCriterion, WrittenMetric } from "./policy-schema.ts";

/** What only says something of a criterion that is judged by counts. */
const OF_COUNTS = ["minimum", "yellow", "compare"] as const;

const countedCriteria: Rule = (context) => {
  const metrics = new Map(context.policy.metrics.map((metric, index) => [metric.record, { metric, index }]));
  for (const [gate, { criteria }] of Object.entries(context.policy.gates)) {
    for (const [name, criterion] of Object.entries(criteria)) {
      const path = ["gates", gate, "criteria", name];
      const { metric, index } = metrics.get(name) ?? {};
      // What it is counted from has a mistake, which has been told.
      if (["ratio", "latency"].some((kind) => context.isLeftOut(["metrics", index ?? 0, kind]))) continue;
      const isCounted = metric?.ratio !== undefined || metric?.latency !== undefined;
      if (metric === undefined || !isCounted) checkUncounted(context, path, criterion);
      else if (criterion.judge === "threshold") checkThreshold(context, path, criterion);
      else checkSequential(context, path, criterion, metric);
    }
  }
};

function checkUncounted(context: RuleContext, path: YamlPath, criterion: WrittenCriterion): void {
  const why = "needs a metric that counts requests: one of this policy with ratio or latency";
  if (criterion.judge === "sequential") context.report([...path, "judge"], why);
  for (const key of OF_COUNTS) if (criterion[key] !== undefined) context.report([...path, key], why, "key");
}

function checkThreshold(context: RuleContext, path: YamlPath, criterion: WrittenCriterion): void {
  for (const key of ["yellow", "compare"] as const)
    if (criterion[key] !== undefined)
      context.report(
        [...path, key],
        "goes with judge: sequential: a threshold judges each value alone",
        "key",
      );
}

function checkSequential(
  context: RuleContext,
  path: YamlPath,
  criterion: WrittenCriterion,
  metric: WrittenMetric,
): void {
  const { green, compare } = criterion;
  // A red bound of the same side overlaps green, and has been told so.
  if (green.comparison[0] !== "<")
    context.report(
      [...path, "green"],
      'counts are judged by "< …" as green: turn it, or write judge: threshold',
    );
  else
    for (const key of ["green", "red"] as const) checkBound(context, [...path, key], criterion[key], metric);
  for (const key of ["minimum", "checksInARow"] as const)
    if (criterion[key] !== undefined)
      context.report(
        [...path, key],
        "goes with judge: threshold: how many requests it takes follows from the bounds",
        "key",
      );
  if (criterion.sustained === "average")
    context.report([...path, "sustained"], "goes with judge: threshold: all requests of a stage are counted");
  if (compare === undefined) return;
  if (metric.by === undefined && !context.hasLeftOut(["metrics"]))
    context.report([...path, "compare"], NEEDS_BY, "key");
  checkMargin(context, [...path, "compare", "margin"], compare.margin, metric);
}

/** A share of requests is never below nothing, or above all of them. */
function checkBound(
  context: RuleContext,
  path: YamlPath,
  bound: Bound | undefined,
  { unit }: WrittenMetric,
): void {
  if (bound === undefined || !/^[<>]/.test(bound.comparison)) return;
  const all = {
    percent: 100,
    ratio: 1,
    milliseconds: Number.POSITIVE_INFINITY,
    count: Number.POSITIVE_INFINITY,
  }[unit];
  if (bound.value > 0 && bound.value < all) return;
  const range = Number.isFinite(all) ? `between 0 and ${all}` : "above 0";
  context.report(path, `no number of requests proves this: write a bound ${range}, or judge: threshold`);
}

export const COUNTED_RULES: readonly Rule[] = [countedCriteria];
