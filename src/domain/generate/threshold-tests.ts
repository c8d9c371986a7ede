import type { Duration } from "../time.ts";
import type { ThresholdProbe } from "./expression-probe.ts";
import {
  constant,
  type Expectation,
  firingFrom,
  type InputSeries,
  labelsOf,
  type Moment,
  quietAt,
  type RuleTest,
  type Subject,
  seriesText,
  stepsFor,
  type TestContext,
  testOf,
} from "./rule-test-file.ts";

/** Evaluations with a good value before the bad one begins. */
const GOOD_STEPS = 4;

const MINUTE = 60_000;

/** A counter that has counted for long: one that begins at 0 would be taken for a restart. */
const COUNTED = 1_000_000;

/** Just below a threshold, at it, and just above it. */
export function thresholdTests(subject: Subject, probe: ThresholdProbe, context: TestContext): RuleTest[] {
  return valuesAround(probe.threshold)
    .filter((value) => isTestable(probe, value))
    .map((value) =>
      isOver(probe, value)
        ? firingTest(subject, probe, value, context)
        : quietTest(subject, probe, value, context),
    );
}

/** NaN is over no threshold: 0/0 must not roll back. All alerts at once, for their series do not disturb each other. */
export function nanTest(subjects: readonly Subject[], context: TestContext): RuleTest[] {
  const { step } = context;
  const input = new Map<string, InputSeries>();
  const expectations: Expectation[] = [];
  for (const subject of subjects) {
    const { probe, wait } = subject;
    if (probe?.kind !== "threshold" || probe.comparison === "!=") continue;
    const at = stepsFor(probe.window + wait, step) * step + step;
    expectations.push({ subject, moments: [quietAt(at)] });
    const series = seriesText(probe.selector.metric, labelsOf(probe.selector, context));
    const values = Array(stepsFor(at, step) + 1)
      .fill("NaN")
      .join(" ");
    if (values.length > (input.get(series)?.values.length ?? 0)) input.set(series, { series, values });
  }
  if (expectations.length === 0) return [];
  return [testOf("no alert fires for NaN", { every: step, input: [...input.values()] }, expectations)];
}

/** One unit of the digit behind the last one, to either side. */
export function valuesAround(threshold: number): number[] {
  const digits = (String(threshold).split(".")[1]?.length ?? 0) + 1;
  const unit = 10 ** digits;
  const whole = Math.round(threshold * unit);
  return [whole - 1, whole, whole + 1].map((value) => value / unit);
}

export function isOver({ comparison, threshold }: ThresholdProbe, value: number): boolean {
  switch (comparison) {
    case "<":
      return value < threshold;
    case "<=":
      return value <= threshold;
    case ">":
      return value > threshold;
    case ">=":
      return value >= threshold;
    case "==":
      return value === threshold;
    default:
      return value !== threshold;
  }
}

/** A counter does not count down; and an average of fractions may miss a threshold that it meets. */
function isTestable(probe: ThresholdProbe, value: number): boolean {
  if (value < 0 && isCounter(probe)) return false;
  return value !== probe.threshold || isExact(probe, value);
}

function isExact({ reading }: ThresholdProbe, value: number): boolean {
  return reading === "instant" || value === 0 || (reading === "average" && Number.isInteger(value));
}

function isCounter({ reading }: ThresholdProbe): boolean {
  return reading === "rate" || reading === "increase";
}

function firingTest(subject: Subject, probe: ThresholdProbe, value: number, context: TestContext): RuleTest {
  const { rule, wait } = subject;
  const { step } = context;
  const held = stepsFor(wait, step) * step;
  const name = `${rule.alert} fires at ${value}`;
  if (probe.reading !== "instant") {
    // It takes a window until such a value is what it says.
    const at = stepsFor(probe.window, step) * step + held + step;
    const input = [inputOf(probe, value, context, at)];
    const moments = [firingAt(at, probe, value, context)];
    return testOf(name, { every: step, input }, [{ subject, moments }]);
  }
  const good = Number(valuesAround(probe.threshold).find((other) => !isOver(probe, other)));
  const { series, values } = inputOf(probe, value, context, held + MINUTE);
  const input = [{ series, values: `${constant(good, GOOD_STEPS - 1)} ${values}` }];
  const moments = firingFrom(firingAt(GOOD_STEPS * step + held, probe, value, context), context);
  return testOf(name, { every: step, input }, [{ subject, moments }]);
}

function quietTest(subject: Subject, probe: ThresholdProbe, value: number, context: TestContext): RuleTest {
  const { step } = context;
  const at = stepsFor(probe.window + subject.wait, step) * step + MINUTE;
  const input = [inputOf(probe, value, context, at)];
  const name = `${subject.rule.alert} is quiet at ${value}`;
  return testOf(name, { every: step, input }, [{ subject, moments: [quietAt(at)] }]);
}

export function firingAt(at: Duration, probe: ThresholdProbe, value: number, context: TestContext): Moment {
  const labels = probe.keepsLabels ? labelsOf(probe.selector, context) : new Map<string, string>();
  return { at, firing: [labels], value, isExact: isExact(probe, value) };
}

/** The series for which the expression's left side has a value, until some time. */
export function inputOf(
  probe: ThresholdProbe,
  value: number,
  context: TestContext,
  until: Duration,
): InputSeries {
  const { selector, reading, window } = probe;
  const count = stepsFor(until, context.step) + 1;
  const series = seriesText(selector.metric, labelsOf(selector, context));
  if (!isCounter(probe)) return { series, values: constant(value, count) };
  const perSecond = reading === "rate" ? value : value / (window / 1_000);
  return { series, values: `${COUNTED}+${perSecond * (context.step / 1_000)}x${count}` };
}
