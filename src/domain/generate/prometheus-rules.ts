import type { AlertRule } from "../alert.ts";
import type { Policy } from "../policy.ts";
import { recordedSeries } from "../recorded-series.ts";
import { formatDuration } from "../time.ts";
import { alertingRule, type RuleContext } from "./alerting-rule.ts";
import { countRules } from "./count-rules.ts";
import type { GeneratedRules, SourcedRule } from "./rule-file.ts";
import { scopedExpression } from "./scoped-expression.ts";
import { selfMonitoring } from "./self-monitoring.ts";
import { knownTraffic } from "./stage-limits.ts";

/** The alert that always fires: its absence is what matters. */
export const WATCHDOG = "Watchdog";

/**
 * The rule file of one application. The names of its groups are stable: when one changes, Prometheus forgets how
 * long its alerts have been pending.
 */
export function prometheusRules(context: RuleContext): GeneratedRules {
  const { application, scrape } = context.policy;
  const interval = formatDuration(scrape.evaluationInterval);
  const groups = sectionsOf(context).filter(({ rules }) => rules.length > 0);
  return {
    file: {
      // Each group names its interval: in a Prometheus that judges every minute, a rollback would be a minute late.
      groups: groups.map(({ name, rules }) => ({
        name: ruleGroupName(application.name, name),
        interval,
        rules: rules.map(({ rule }) => rule),
      })),
    },
    origins: groups.map(({ rules }) => rules.map(({ origin }) => origin)),
  };
}

/** The groups that an application may have. */
export const RULE_SECTIONS = ["rollback", "warnings", "blindness", "watchdog", "rollguard"] as const;

type SectionName = (typeof RULE_SECTIONS)[number];

export function ruleGroupName(application: string, section: SectionName): string {
  return `${application}-${section}`;
}

interface Section {
  readonly name: SectionName;
  readonly rules: readonly SourcedRule[];
}

function sectionsOf(context: RuleContext): Section[] {
  const { policy } = context;
  const alerts = policy.alerts.map((entry, index) => ({
    entry,
    section: sectionOf(entry),
    sourced: { rule: alertingRule(entry, context), origin: ["alerts", index] },
  }));
  const alertsIn = (section: SectionName): SourcedRule[] =>
    alerts.filter((alert) => alert.section === section).map(({ sourced }) => sourced);
  const isLimited = policy.alerts.some(({ limits }) => limits.length > 0);
  return [
    // What is recorded and what is judged by it stand in one group, since the rules of a group are evaluated in
    // their order, at the same instant: between two groups a breach would wait for up to one evaluation more.
    {
      name: "rollback",
      rules: [...recordingRules(context), ...(isLimited ? [trafficOf(policy)] : []), ...alertsIn("rollback")],
    },
    { name: "warnings", rules: alertsIn("warnings") },
    { name: "blindness", rules: alertsIn("blindness") },
    { name: "watchdog", rules: alertsIn("watchdog") },
    {
      name: "rollguard",
      rules: selfMonitoring(policy).map((rule) => ({ rule, origin: ["application"] })),
    },
  ];
}

function sectionOf({ alert, limits, trigger, blind }: AlertRule): SectionName {
  if (limits.length > 0 || trigger !== null) return "rollback";
  if (blind) return "blindness";
  return alert === WATCHDOG ? "watchdog" : "warnings";
}

/** The label tells whose number it is, in dashboards and wherever several applications record the same one. */
function recordingRules({ policy, target, sharedMetrics }: RuleContext): SourcedRule[] {
  const { name } = policy.application;
  return policy.metrics.flatMap((metric, index) =>
    [...countRules(metric, policy.alerts, target.prometheus), metric].map(({ record, expr }) => ({
      rule: { record, expr: scopedExpression(expr, sharedMetrics, name), labels: { application: name } },
      origin: ["metrics", index],
    })),
  );
}

function trafficOf({ application }: Policy): SourcedRule {
  return { rule: knownTraffic(application.name), origin: ["application", "trafficFlag"] };
}

/** The metrics that more than one application records. */
export function sharedMetricsOf(policies: readonly Policy[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { metrics } of policies) {
    for (const record of recordedSeries(metrics)) (seen.has(record) ? shared : seen).add(record);
  }
  return shared;
}
