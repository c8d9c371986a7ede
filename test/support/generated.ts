import { loadPolicies } from "../../src/config/policy-files.ts";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { prometheusRules, sharedMetricsOf } from "../../src/domain/generate/prometheus-rules.ts";
import type { AlertingRule, GeneratedRules, Rule } from "../../src/domain/generate/rule-file.ts";
import { DEFAULT_TARGET, type Target } from "../../src/domain/generate/versions.ts";
import type { Policy } from "../../src/domain/policy.ts";

/** What Debian ships, and these tests run. */
export const INSTALLED: Target = {
  prometheus: { major: 2, minor: 42 },
  alertmanager: { major: 0, minor: 25 },
};

const HEAD = `application: { name: NAME, trafficFlag: traffic }
flags:
  traffic: { phase: 1 }
  stop: { kind: kill-switch }
`;

/** A policy with as little as the loader asks for, and what a test adds. */
export function policyText(sections: string, name = "shop"): string {
  return HEAD.replace("NAME", name) + (sections.includes("alerts:") ? sections : `alerts: []\n${sections}`);
}

export function policyFrom(sections: string, name = "shop"): Policy {
  const { policy, problems } = loadPolicyText(policyText(sections, name), `${name}.yaml`);
  if (policy === null) throw new Error(JSON.stringify(problems));
  return policy;
}

export function genesis(): Policy {
  const { policies, problems } = loadPolicies("rules/genesis.yaml");
  const [policy] = policies;
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return policy;
}

export function rulesOf(
  policy: Policy,
  target = DEFAULT_TARGET,
  all: readonly Policy[] = [],
): GeneratedRules {
  return prometheusRules({ policy, target, sharedMetrics: sharedMetricsOf(all) });
}

/** The rule of that name; a recording rule's is what it records. */
export function ruleOf(rules: GeneratedRules, name: string): Rule {
  const found = rules.file.groups
    .flatMap((group) => group.rules)
    .find((rule) => ("alert" in rule ? rule.alert : rule.record) === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
}

export function alertOf(rules: GeneratedRules, name: string): AlertingRule {
  const rule = ruleOf(rules, name);
  if (!("alert" in rule)) throw new Error(`${name} is no alert`);
  return rule;
}
