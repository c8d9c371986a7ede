import { FlagdCore } from "@openfeature/flagd-core";
import { type Evaluator, type FlagScenario, OTHERS, SCENARIOS } from "../scenarios.ts";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };
const ON_OFF = { state: "ENABLED", variants: { on: true, off: false } };

export function flagdCore(): Evaluator {
  const flags = [
    ...OTHERS.map((key) => [key, { ...ON_OFF, defaultVariant: "on" }]),
    ...SCENARIOS.map((scenario) => [scenario.key, flagOf(scenario)]),
  ];
  const core = new FlagdCore(undefined, quiet);
  core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(flags) }));
  return (key, user) =>
    core.resolveBooleanEvaluation(key, false, { targetingKey: user.id, plan: user.plan }, quiet).value;
}

function flagOf({ percentage, targeted }: FlagScenario): object {
  if (percentage === 100) return { ...ON_OFF, defaultVariant: "on" };
  const share = {
    fractional: [
      ["on", percentage],
      ["off", 100 - percentage],
    ],
  };
  const targeting = targeted ? { if: [{ in: [{ var: "plan" }, ["pro"]] }, "on", share] } : share;
  return { ...ON_OFF, defaultVariant: "off", targeting };
}
