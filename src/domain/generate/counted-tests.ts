import type { AlertCondition } from "../alert.ts";
import type { MetricPolicy, Policy } from "../policy.ts";
import { type Duration, formatDuration, parseDuration } from "../time.ts";
import { boundsOf } from "./count-rules.ts";
import { type Asked, counterSeries } from "./counter-series.ts";
import { type AlertingRule, isAlerting, type RuleFile } from "./rule-file.ts";
import { type RuleTest, seriesText, type TestContext, type ValueExpectation } from "./rule-test-file.ts";
import { type CountedMetric, shareOf } from "./score-expression.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

/** When something happens in a test: when the longest window of a limit has filled. */
const START = 5 * MINUTE;

/** So long after it that window has forgotten it, and whatever would fire has. */
const QUIET = 6 * MINUTE;

const PER_MINUTE = [1, 10, 60];

/** Beyond this share of requests a minute of ten requests is too little to tell, and nothing is promised. */
const LARGEST_PROMISE = 0.05;

/** An outage that is too rare to show within a minute shows within this, of an alert that waits for a minute. */
const LATEST = 10 * MINUTE;

/** The same of an error budget so large that it takes more than ten requests to tell that it burns. */
const LATEST_OF_LARGE_BUDGET = 20 * MINUTE;

/** From this objective on the budget is small, in percent. */
const SMALL_BUDGET = 98;

/** An alert on a metric that is counted. */
interface Counted {
  readonly rule: AlertingRule;
  readonly condition: AlertCondition;
  readonly wait: Duration;
}

/**
 * How an alert on a metric that counts its requests stands few of them: one that failed and two 40 s apart fire nothing, and
 * an outage fires in time, also where the counter of failures appears with the first one.
 */
export function countedTests(policy: Policy, rules: RuleFile, context: TestContext): RuleTest[] {
  return policy.metrics.filter(isCounted).flatMap((metric) => {
    const alerts = countedAlerts(policy, rules, metric);
    return alerts.length === 0
      ? []
      : [...quietTests(metric, alerts, policy, context), ...outageTests(metric, alerts, policy, context)];
  });
}

function isCounted(metric: MetricPolicy): metric is CountedMetric {
  return metric.counts !== undefined;
}

function countedAlerts({ alerts }: Policy, { groups }: RuleFile, metric: CountedMetric): Counted[] {
  const rules = groups.flatMap((group) => group.rules.filter(isAlerting));
  return alerts.flatMap(({ alert, condition }) => {
    const own = rules.filter((rule) => rule.alert === alert);
    // What must not be low is low where nothing fails.
    if (own.length > 1 || condition?.metric !== metric.record) return [];
    if ("bad" in condition && condition.bad === "below") return [];
    return own.map((rule) => ({ rule, condition, wait: Number(parseDuration(rule.for ?? "0")) }));
  });
}

function quietTests(
  metric: CountedMetric,
  alerts: readonly Counted[],
  policy: Policy,
  context: TestContext,
): RuleTest[] {
  const cases = [
    { what: "one bad request", bad: [START] },
    { what: "two bad requests 40s apart", bad: [START, START + 40 * SECOND] },
  ];
  return PER_MINUTE.flatMap((perMinute) =>
    cases.flatMap(({ what, bad }) => {
      const until = START + QUIET + Math.max(...alerts.map(({ wait }) => wait));
      const asked = [
        ...regular(perMinute, until).filter(({ at }) => !bad.includes(at)),
        ...bad.map((at) => ({ at, isBad: true })),
      ];
      const expectations = alerts.map((alert) => firedIn(alert, until, until, 0));
      return testOf(
        `${metric.record}: ${what} at ${perMinute} a minute fires nothing`,
        { metric, policy, context },
        { asked, until, isBorn: false },
        expectations,
      );
    }),
  );
}

function outageTests(
  metric: CountedMetric,
  alerts: readonly Counted[],
  policy: Policy,
  context: TestContext,
): RuleTest[] {
  const promised = alerts.filter(
    ({ condition }) => "slo" in condition || shareOf(metric, condition.limit) <= LARGEST_PROMISE,
  );
  if (promised.length === 0) return [];
  const within = ({ condition, wait }: Counted, perMinute: number): Duration => {
    const waited = Math.max(0, wait - MINUTE);
    // An error budget is judged by the hour, and there is no minute for one request.
    if ("slo" in condition) return (condition.slo < SMALL_BUDGET ? LATEST_OF_LARGE_BUDGET : LATEST) + waited;
    if (perMinute === 1) return LATEST + waited;
    return wait + Math.max(30 * SECOND, 2 * context.step);
  };
  const until = START + Math.max(...promised.map((alert) => within(alert, 1)));
  const outage = (perMinute: number): Asked[] =>
    regular(perMinute, until).map(({ at }) => ({ at, isBad: at >= START }));
  const test = (name: string, perMinute: number, isBorn: boolean): RuleTest[] =>
    testOf(
      `${metric.record}: ${name}`,
      { metric, policy, context },
      { asked: outage(perMinute), until, isBorn },
      promised.map((alert) => {
        const time = within(alert, perMinute);
        return firedIn(alert, START + time, time, 1);
      }),
    );
  return [
    ...test("an outage at 10 a minute fires in time", 10, false),
    // A histogram's buckets are there from the start.
    ...(metric.counts.kind === "ratio"
      ? test("an outage at 10 a minute fires in time, though nothing had failed before", 10, true)
      : []),
    ...test("an outage at 1 a minute fires in time", 1, false),
  ];
}

/** Good requests at equal distances. */
function regular(perMinute: number, until: Duration): Asked[] {
  const every = MINUTE / perMinute;
  return Array.from({ length: Math.floor(until / every) + 1 }, (_, index) => ({
    at: index * every,
    isBad: false,
  }));
}

interface Tested {
  readonly metric: CountedMetric;
  readonly policy: Policy;
  readonly context: TestContext;
}

function testOf(
  name: string,
  { metric, policy, context }: Tested,
  asked: { readonly asked: readonly Asked[]; readonly until: Duration; readonly isBorn: boolean },
  expectations: readonly ValueExpectation[],
): RuleTest[] {
  const input = counterSeries(metric.counts, asked, bucketsOf(metric, policy), context);
  if (input === undefined) return [];
  return [
    { name, interval: formatDuration(context.scrape), input_series: input, promql_expr_test: expectations },
  ];
}

/** The buckets that are read. */
function bucketsOf(metric: CountedMetric, { alerts }: Policy): Duration[] {
  const { counts } = metric;
  if (counts.kind === "ratio") return [];
  return "above" in counts.of ? [counts.of.above] : boundsOf(metric, alerts);
}

/** Whether an alert has fired at any time in a while. */
function firedIn({ rule }: Counted, at: Duration, within: Duration, count: number): ValueExpectation {
  const chosen = new Map(
    Object.entries({
      alertname: rule.alert,
      alertstate: "firing",
      application: String(rule.labels.application),
    }),
  );
  return {
    expr: `count(count_over_time(${seriesText("ALERTS", chosen)}[${formatDuration(within)}]))`,
    eval_time: formatDuration(at),
    exp_samples: count === 0 ? [] : [{ labels: "{}", value: count }],
  };
}
