import { GrowthBookClient } from "@growthbook/growthbook";
import { type Evaluator, type FlagScenario, OTHERS, SCENARIOS } from "../scenarios.ts";

export function growthbook(): Evaluator {
  const features = Object.fromEntries([
    ...OTHERS.map((key) => [key, { defaultValue: true }]),
    ...SCENARIOS.map((scenario) => [scenario.key, featureOf(scenario)]),
  ]);
  const client = new GrowthBookClient().initSync({ payload: { features } });
  return (key, user) => client.isOn(key, { attributes: { id: user.id, plan: user.plan } });
}

function featureOf({ percentage, targeted }: FlagScenario): object {
  if (percentage === 100) return { defaultValue: true };
  const share = { force: true, coverage: percentage / 100, hashAttribute: "id", hashVersion: 2 };
  const pro = { force: true, condition: { plan: { $in: ["pro"] } } };
  return { defaultValue: false, rules: targeted ? [pro, share] : [share] };
}
