import type { AbsenceProbe, AbsentPart } from "./expression-probe.ts";
import {
  constant,
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

const MINUTE = 60_000;

/** Nothing missing; each part missing alone; and each part there with a value that does not count. */
export function absenceTests(subject: Subject, probe: AbsenceProbe, context: TestContext): RuleTest[] {
  const { rule, wait } = subject;
  const every = context.step;
  const held = stepsFor(wait, every) * every;
  const until = held + MINUTE;
  const there = (part: AbsentPart): InputSeries => inputOf(part, part.value ?? 1, context, until);
  const test = (does: string, input: readonly InputSeries[], moments: readonly Moment[]): RuleTest =>
    testOf(`${rule.alert} ${does}`, { every, input }, [{ subject, moments }]);

  const tests = [test("is quiet with data", probe.parts.map(there), [quietAt(until)])];
  for (const part of probe.parts) {
    const { metric } = part.selector;
    const others = probe.parts.filter((other) => other !== part).map(there);
    const firing = firingFrom({ at: held, firing: [absentLabels(part)], value: 1, isExact: true }, context);
    if (others.length > 0) tests.push(test(`fires without ${metric}`, others, firing));
    if (part.value === null) continue;
    const other = part.value === 0 ? 1 : 0;
    tests.push(
      test(`fires while ${metric} is ${other}`, [...others, inputOf(part, other, context, until)], firing),
    );
  }
  return tests;
}

/** The labels of what `absent` returns: the ones that the selector demands. Those of a comparison are lost. */
export function absentLabels({ selector, value }: AbsentPart): ReadonlyMap<string, string> {
  return value === null ? selector.exact : new Map();
}

function inputOf({ selector }: AbsentPart, value: number, context: TestContext, until: number): InputSeries {
  return {
    series: seriesText(selector.metric, labelsOf(selector, context)),
    values: constant(value, stepsFor(until, context.step) + 1),
  };
}
