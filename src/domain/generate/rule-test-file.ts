import type { AlertRule, TrafficLimit } from "../alert.ts";
import type { Policy } from "../policy.ts";
import { type Duration, formatDuration, parseDuration } from "../time.ts";
import { type Probe, probeOf, type Selector } from "./expression-probe.ts";
import { type AlertingRule, isAlerting, type RuleFile } from "./rule-file.ts";
import { expandedTemplate } from "./template-expansion.ts";

/** A test file as `promtool test rules` reads it, keys in the order in which they are written. */
export interface RuleTestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly tests: readonly RuleTest[];
}

export interface RuleTest {
  readonly name: string;
  /** Between two values of a series. */
  readonly interval: string;
  readonly input_series: readonly InputSeries[];
  readonly alert_rule_test?: readonly AlertExpectation[];
  readonly promql_expr_test?: readonly ValueExpectation[];
}

export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

export interface AlertExpectation {
  readonly eval_time: string;
  readonly alertname: string;
  readonly exp_alerts: readonly {
    readonly exp_labels: Readonly<Record<string, string>>;
    readonly exp_annotations: Readonly<Record<string, string>>;
  }[];
}

export interface ValueExpectation {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** An alert rule with what its tests need to know of it. */
export interface Subject {
  readonly rule: AlertingRule;
  /** With limits, `$limit` is in the probe's place: see `limited`. */
  readonly expr: string;
  readonly limits: readonly TrafficLimit[];
  readonly probe: Probe | undefined;
  readonly wait: Duration;
}

export interface TestContext {
  readonly application: string;
  readonly job: string;
  /** Between two evaluations. */
  readonly step: Duration;
  /** Between two scrapes. */
  readonly scrape: Duration;
  readonly records: ReadonlySet<string>;
}

/** These have a value although nothing was measured, so that a test's own series is not alone. */
const SELF_FED = /\b(?:vector|absent|absent_over_time|time)\s*\(/;

export function contextOf({ application, scrape, metrics }: Policy): TestContext {
  return {
    application: application.name,
    job: application.job,
    step: scrape.evaluationInterval,
    scrape: scrape.interval,
    records: new Set(metrics.map(({ record }) => record)),
  };
}

/** The rules whose expression is understood. Those that share their name with another are left out. */
export function subjectsOf({ alerts, metrics }: Policy, { groups }: RuleFile): Subject[] {
  const rules = groups.flatMap((group) => group.rules.filter(isAlerting));
  const count = new Map<string, number>();
  for (const { alert } of rules) count.set(alert, (count.get(alert) ?? 0) + 1);
  const entries = new Map<string, AlertRule>(alerts.map((entry) => [entry.alert, entry]));
  const selfFed = new Set(metrics.filter(({ expr }) => SELF_FED.test(expr)).map(({ record }) => record));
  return rules
    .filter(({ alert }) => count.get(alert) === 1)
    .map((rule) => subjectOf(rule, entries.get(rule.alert)))
    .filter(({ probe }) => metricsOf(probe).every((metric) => !selfFed.has(metric)));
}

function subjectOf(rule: AlertingRule, entry: AlertRule | undefined): Subject {
  const { expr, limits } = entry ?? { expr: rule.expr, limits: [] };
  const first = limits[0];
  const judged = first === undefined ? expr : expr.replaceAll("$limit", String(first.limit));
  return { rule, expr, limits, probe: probeOf(judged), wait: Number(parseDuration(rule.for ?? "0")) };
}

function metricsOf(probe: Probe | undefined): string[] {
  if (probe === undefined || probe.kind === "always") return [];
  return probe.kind === "threshold"
    ? [probe.selector.metric]
    : probe.parts.map(({ selector }) => selector.metric);
}

/** The labels of a series that a selector selects, as a target of the application has them. */
export function labelsOf(selector: Selector, context: TestContext): Map<string, string> {
  return new Map([
    ...(context.records.has(selector.metric) ? [["application", context.application] as const] : []),
    ["instance", "tested:80"],
    ["job", context.job],
    ...selector.labels,
  ]);
}

export function seriesText(metric: string, labels: ReadonlyMap<string, string>): string {
  const matchers = [...labels].map(([name, value]) => `${name}="${value}"`);
  return `${metric}{${matchers.join(",")}}`;
}

/** How many values a series needs, to outlast a time. */
export function stepsFor(duration: Duration, step: Duration): number {
  return Math.ceil(duration / step);
}

export function constant(value: number, count: number): string {
  return `${value}+0x${count}`;
}

/** A moment, and what is firing then. */
export interface Moment {
  readonly at: Duration;
  /** The labels that the expression's result has, one for each alert. */
  readonly firing: readonly ReadonlyMap<string, string>[];
  readonly value: number;
  /** Whether `value` is what Prometheus computes, to the last digit. */
  readonly isExact: boolean;
}

export function quietAt(at: Duration): Moment {
  return { at, firing: [], value: 0, isExact: true };
}

/** Quiet one evaluation before `for` has passed, where there is one, and firing with it. */
export function firingFrom(moment: Moment, { step }: TestContext): Moment[] {
  return [...(moment.at > 0 ? [quietAt(moment.at - step)] : []), moment];
}

/** What one alert does at some moments. */
export interface Expectation {
  readonly subject: Subject;
  readonly moments: readonly Moment[];
}

export function testOf(
  name: string,
  series: { readonly every: Duration; readonly input: readonly InputSeries[] },
  expectations: readonly Expectation[],
): RuleTest {
  const alerts: AlertExpectation[] = [];
  const values: ValueExpectation[] = [];
  for (const { subject, moments } of expectations) {
    for (const moment of moments) {
      const { rule } = subject;
      const expected = expectedAlerts(rule, moment);
      const eval_time = formatDuration(moment.at);
      if (expected === undefined) values.push(firingCount(rule, moment.firing.length, eval_time));
      else alerts.push({ eval_time, alertname: rule.alert, exp_alerts: expected });
    }
  }
  return {
    name,
    interval: formatDuration(series.every),
    input_series: series.input,
    ...(alerts.length > 0 ? { alert_rule_test: alerts } : {}),
    ...(values.length > 0 ? { promql_expr_test: values } : {}),
  };
}

/** Undefined when a text is not known to the last letter. */
function expectedAlerts(
  rule: AlertingRule,
  { firing, value, isExact }: Moment,
): AlertExpectation["exp_alerts"] | undefined {
  const expected: AlertExpectation["exp_alerts"][number][] = [];
  for (const labels of firing) {
    const expand = (texts: Readonly<Record<string, string>>): [string, string | undefined][] =>
      Object.entries(texts).map(([key, text]) => [
        key,
        isExact || !text.includes("{{") ? expandedTemplate(text, value, labels) : undefined,
      ]);
    const own = expand(rule.labels);
    const annotations = expand(rule.annotations);
    if (!areKnown(own) || !areKnown(annotations)) return undefined;
    expected.push({
      exp_labels: Object.fromEntries(new Map([...labels, ...own])),
      exp_annotations: Object.fromEntries(annotations),
    });
  }
  return expected;
}

function areKnown(entries: [string, string | undefined][]): entries is [string, string][] {
  return entries.every(([, text]) => text !== undefined);
}

function firingCount({ alert, labels }: AlertingRule, count: number, eval_time: string): ValueExpectation {
  const application = String(labels.application);
  const chosen = new Map(Object.entries({ alertname: alert, alertstate: "firing", application }));
  const expr = `count(${seriesText("ALERTS", chosen)})`;
  return { expr, eval_time, exp_samples: [{ labels: "{}", value: count }] };
}
