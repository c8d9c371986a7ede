import type { PolicyPath } from "./policy-path.ts";

/** A rule file as Prometheus reads it, keys in the order in which they are written. */
export interface RuleFile {
  readonly groups: readonly RuleGroup[];
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

export type Rule = RecordingRule | AlertingRule;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule and the entry of the policy that it comes from. */
export interface SourcedRule {
  readonly rule: Rule;
  readonly origin: PolicyPath;
}

/** A rule file, and beside it where each rule comes from: `origins[group][rule]`. */
export interface GeneratedRules {
  readonly file: RuleFile;
  readonly origins: readonly (readonly PolicyPath[])[];
}

export function isAlerting(rule: Rule): rule is AlertingRule {
  return "alert" in rule;
}
