import { type Duration, formatDuration } from "../time.ts";
import { probeOf, type ThresholdProbe } from "./expression-probe.ts";
import {
  constant,
  firingFrom,
  type InputSeries,
  quietAt,
  type RuleTest,
  type Subject,
  seriesText,
  stepsFor,
  type TestContext,
  testOf,
} from "./rule-test-file.ts";
import { KNOWN_TRAFFIC, limited, TRAFFIC_MEMORY } from "./stage-limits.ts";
import { firingAt, inputOf, isOver, valuesAround } from "./threshold-tests.ts";

const MINUTE = 60_000;

/** The smallest difference of traffic that a policy can write. */
const LITTLE = 0.01;

/** For the least and the most traffic of each row: just below its limit, at it, and just above it. */
export function trafficTests(subject: Subject, context: TestContext): RuleTest[] {
  return subject.limits.flatMap(({ traffic, limit }, row) => {
    const probe = probeOf(limited(subject.expr, limit));
    if (probe?.kind !== "threshold" || probe.reading !== "instant") return [];
    const before = subject.limits[row - 1]?.traffic;
    const least = before === undefined ? 0 : Math.round((before + LITTLE) * 100) / 100;
    return [...new Set([least, traffic])].flatMap((share) =>
      valuesAround(limit).map((value) => trafficTest(subject, probe, value, share, context)),
    );
  });
}

function trafficTest(
  subject: Subject,
  probe: ThresholdProbe,
  value: number,
  traffic: number,
  context: TestContext,
): RuleTest {
  const { rule, wait } = subject;
  const { step } = context;
  const held = stepsFor(wait, step) * step;
  const fires = isOver(probe, value);
  const input = [
    inputOf(probe, value, context, held + MINUTE),
    trafficSeries(context, 0, constant(traffic, stepsFor(held + MINUTE, step))),
  ];
  const moments = fires
    ? firingFrom(firingAt(held, probe, value, context), context)
    : [quietAt(held + MINUTE)];
  const name = `${rule.alert} ${fires ? "fires" : "is quiet"} at ${value} with ${traffic} % of traffic`;
  return testOf(name, { every: step, input }, [{ subject, moments }]);
}

/** Several responders, one that falls silent, and none at all. */
export function knownTrafficTests(context: TestContext): RuleTest[] {
  const { step } = context;
  const told = (responder: number, values: string): InputSeries => trafficSeries(context, responder, values);
  const test = (
    name: string,
    input: readonly InputSeries[],
    values: readonly (readonly [at: Duration, traffic: number])[],
  ): RuleTest => knownTrafficTest(name, input, values, context);
  return [
    test(
      "the traffic is the largest that a responder tells",
      [told(0, constant(5, 8)), told(1, constant(80, 8))],
      [[4 * step, 80]],
    ),
    test(
      "the traffic is remembered, and then taken for that of a full rollout",
      [told(0, `${constant(5, 3)} stale`)],
      [
        [3 * step, 5],
        [4 * step, 5],
        [5 * step + TRAFFIC_MEMORY, 100],
      ],
    ),
    test("traffic that nobody tells is that of a full rollout", [], [[step, 100]]),
  ];
}

function knownTrafficTest(
  name: string,
  input: readonly InputSeries[],
  values: readonly (readonly [at: Duration, traffic: number])[],
  { application, step }: TestContext,
): RuleTest {
  const series = seriesText(KNOWN_TRAFFIC, new Map([["application", application]]));
  return {
    name,
    interval: formatDuration(step),
    input_series: input,
    promql_expr_test: values.map(([at, value]) => ({
      expr: series,
      eval_time: formatDuration(at),
      exp_samples: [{ labels: series, value }],
    })),
  };
}

function trafficSeries({ application }: TestContext, responder: number, values: string): InputSeries {
  const labels = new Map([
    ["application", application],
    ["instance", `rollguard-${responder}:9095`],
    ["job", "rollguard"],
  ]);
  return { series: seriesText("rollguard_traffic_percentage", labels), values };
}
