import type { Policy } from "../domain/policy.ts";
import { ALERT_RULES } from "./policy-alert-rules.ts";
import { toPolicy } from "./policy-convert.ts";
import { COUNTED_RULES } from "./policy-counted-rules.ts";
import { withDefaults } from "./policy-defaults.ts";
import { type Draft, draftPolicy, isRecord, valueAt } from "./policy-draft.ts";
import { FLAG_RULES } from "./policy-flag-rules.ts";
import { GATE_RULES } from "./policy-gate-rules.ts";
import { type Finding, findingsOf } from "./policy-issues.ts";
import { METRIC_RULES } from "./policy-metric-rules.ts";
import { PLAN_RULES } from "./policy-plan-rules.ts";
import type { Rule } from "./policy-rule.ts";
import type { SchemaOutput, WrittenPolicy } from "./policy-schema.ts";
import { TARGETING_RULES } from "./policy-targeting-rules.ts";
import { TRIGGER_RULES } from "./policy-trigger-rules.ts";

const RULES: readonly Rule[] = [
  ...FLAG_RULES,
  ...TARGETING_RULES,
  ...ALERT_RULES,
  ...METRIC_RULES,
  ...TRIGGER_RULES,
  ...GATE_RULES,
  ...COUNTED_RULES,
  ...PLAN_RULES,
];

export interface PolicyCheck {
  /** Null when anything was found. */
  readonly policy: Policy | null;
  readonly findings: readonly Finding[];
  /** As much of it as could be read; null when that is too little to go on with. */
  readonly draft: WrittenPolicy | null;
}

/** Checks the shape of a policy's data, then what its names and numbers mean together. */
export function checkPolicy(raw: unknown): PolicyCheck {
  const draft = draftPolicy(raw);
  const inShape = draft.issues.flatMap((issue) => findingsOf(issue, raw));
  if (draft.policy === null) return { policy: null, findings: inShape, draft: null };
  const written = withDefaults(draft.policy);
  const findings = inShape.concat(findByRules(raw, draft, draft.policy, written));
  return { policy: findings.length > 0 ? null : toPolicy(written), findings, draft: written };
}

function findByRules(raw: unknown, draft: Draft, read: SchemaOutput, policy: WrittenPolicy): Finding[] {
  const findings: Finding[] = [];
  const context = {
    policy,
    flags: new Map(Object.entries(policy.flags)),
    names: {
      flags: keysAt(raw, "flags"),
      gates:
        read.gates === undefined && !draft.isLeftOut(["gates"])
          ? keysAt(policy, "gates")
          : keysAt(raw, "gates"),
      plans:
        read.plans === undefined && !draft.isLeftOut(["plans"])
          ? keysAt(policy, "plans")
          : keysAt(raw, "plans"),
      metrics: recordsOf(raw),
    },
    isLeftOut: (path: Finding["path"]) => draft.isLeftOut(draft.originOf(path)),
    hasLeftOut: (path: Finding["path"]) => draft.hasLeftOut(draft.originOf(path)),
    report: (path: Finding["path"], message: string, part: Finding["part"] = "value") => {
      const origin = draft.originOf(path);
      // A stand-in or a default in its place is not what was written.
      if (!draft.isLeftOut(origin)) findings.push({ path: origin, part, message });
    },
  };
  for (const rule of RULES) rule(context);
  return findings;
}

function keysAt(value: unknown, section: string): Set<string> {
  const found = valueAt(value, [section]);
  return new Set(isRecord(found) ? Object.keys(found) : []);
}

function recordsOf(raw: unknown): Set<string> {
  const metrics = valueAt(raw, ["metrics"]);
  if (!Array.isArray(metrics)) return new Set();
  return new Set(
    metrics.map((metric) => valueAt(metric, ["record"])).filter((record) => typeof record === "string"),
  );
}
