import { MAX_CHECKS_IN_A_ROW } from "../domain/bake.ts";
import type { Bound } from "../domain/gate.ts";
import { meets } from "../domain/judge.ts";
import { didYouMean } from "./did-you-mean.ts";
import { isKnown, type Rule, type RuleContext } from "./policy-rule.ts";
import { badName, isName } from "./policy-scalars.ts";
import type { WrittenGate } from "./policy-schema.ts";

/** What Alertmanager can be asked for: how many alerts of the severity critical are firing. */
const ALERTMANAGER_METRICS = ["critical_alerts"];

const gates: Rule = (context) => {
  if (Object.keys(context.policy.gates).length === 0 && !context.isLeftOut(["gates"]))
    context.report(["gates"], "name at least one gate, or leave the section out", "key");
  for (const [name, gate] of Object.entries(context.policy.gates)) {
    if (!isName(name)) context.report(["gates", name], badName(name), "key");
    checkExtends(context, name, gate);
    for (const metric of Object.keys(gate.criteria)) checkCriterion(context, name, gate, metric);
    if (
      gate.extends === undefined &&
      Object.keys(gate.criteria).length === 0 &&
      !someAreLeftOut(context, name)
    )
      context.report(
        ["gates", name],
        `the gate "${name}" has no criteria: it would promote whatever happens`,
        "key",
      );
  }
};

function someAreLeftOut(context: RuleContext, gate: string): boolean {
  return (
    context.isLeftOut(["gates", gate, "criteria"]) ||
    context.isLeftOut(["gates", gate, "extends"]) ||
    context.hasLeftOut(["gates", gate, "criteria"])
  );
}

function checkExtends(context: RuleContext, name: string, gate: WrittenGate): void {
  if (gate.extends === undefined) return;
  const path = ["gates", name, "extends"];
  if (!isKnown(context, "gate", gate.extends, path)) return;
  const base = new Map(Object.entries(context.policy.gates)).get(gate.extends);
  if (gate.extends === name) context.report(path, `the gate "${name}" extends itself`);
  else if (base?.extends !== undefined)
    context.report(
      path,
      `"${gate.extends}" extends "${base.extends}": only a gate that extends none can be extended`,
    );
}

function checkCriterion(context: RuleContext, name: string, gate: WrittenGate, metric: string): void {
  const criterion = gate.criteria[metric];
  if (criterion === undefined) return;
  const path = ["gates", name, "criteria", metric];
  if (criterion.source === "alertmanager") {
    if (!ALERTMANAGER_METRICS.includes(metric))
      context.report(
        path,
        `Alertmanager knows no "${metric}"${didYouMean(metric, ALERTMANAGER_METRICS)}`,
        "key",
      );
    if (criterion.expr !== undefined)
      context.report([...path, "expr"], "Alertmanager takes no expression", "key");
  } else if (criterion.expr === undefined) isKnown(context, "metric", metric, path, "key");
  else if (context.names.metrics.has(metric))
    context.report(
      [...path, "expr"],
      `"${metric}" is a metric of this policy and has its expression there`,
      "key",
    );
  if (criterion.red?.comparison === "==")
    context.report([...path, "red"], 'a red bound says from where on it is red: write e.g. ">= 3"');
  if ((criterion.checksInARow ?? 0) > MAX_CHECKS_IN_A_ROW)
    context.report(
      [...path, "checksInARow"],
      `at most ${MAX_CHECKS_IN_A_ROW} checks in a row can be asked for`,
    );
  if (criterion.red !== undefined && overlap(criterion.green, criterion.red))
    context.report([...path, "red"], "overlaps green: a value that meets both would count as green");
}

/** Whether some value meets both bounds. */
function overlap(green: Bound, red: Bound): boolean {
  if (green.comparison === "==") return meets(green.value, red);
  if (red.comparison === "==") return meets(red.value, green);
  if (green.comparison[0] === red.comparison[0]) return true;
  const [lower, upper] = green.comparison[0] === ">" ? [green, red] : [red, green];
  if (lower.value === upper.value) return meets(lower.value, lower) && meets(upper.value, upper);
  return lower.value < upper.value;
}

export const GATE_RULES: readonly Rule[] = [gates];
