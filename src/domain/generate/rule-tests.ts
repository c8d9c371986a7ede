import type { Policy } from "../policy.ts";
import { formatDuration } from "../time.ts";
import { absenceTests, absentLabels } from "./absence-tests.ts";
import { countedTests } from "./counted-tests.ts";
import type { AbsenceProbe } from "./expression-probe.ts";
import { flappingTests } from "./flapping-tests.ts";
import type { RuleFile } from "./rule-file.ts";
import {
  contextOf,
  firingFrom,
  quietAt,
  type RuleTest,
  type RuleTestFile,
  type Subject,
  seriesText,
  stepsFor,
  subjectsOf,
  type TestContext,
  testOf,
} from "./rule-test-file.ts";
import { nanTest, thresholdTests } from "./threshold-tests.ts";
import { knownTrafficTests, trafficTests } from "./traffic-tests.ts";

/**
 * Tests for promtool: what each alert does below, at and above its threshold, one evaluation before `for`, without
 * data, with NaN, with a flapping target, at each share of traffic, and with few requests. An expression whose form is not known is
 * not tested: a test that only repeats the rule would prove nothing.
 * @param ruleFile as promtool finds it from where the tests lie
 */
export function ruleTests(policy: Policy, rules: RuleFile, ruleFile: string): RuleTestFile {
  const context = contextOf(policy);
  const subjects = subjectsOf(policy, rules);
  const hasLimits = policy.alerts.some(({ limits }) => limits.length > 0);
  return {
    rule_files: [ruleFile],
    evaluation_interval: formatDuration(context.step),
    tests: [
      ...subjects.flatMap((subject) => testsOf(subject, context)),
      ...nanTest(subjects, context),
      ...noDataTest(subjects, context),
      ...(hasLimits ? knownTrafficTests(context) : []),
      ...countedTests(policy, rules, context),
    ],
  };
}

function testsOf(subject: Subject, context: TestContext): RuleTest[] {
  const { probe, limits } = subject;
  if (probe?.kind === "absent") return absenceTests(subject, probe, context);
  if (probe?.kind !== "threshold") return [];
  if (limits.length > 0) return trafficTests(subject, context);
  return [...thresholdTests(subject, probe, context), ...flappingTests(subject, probe, context)];
}

/** Without any series a threshold is quiet, an absence fires, and so does what always fires. */
function noDataTest(subjects: readonly Subject[], context: TestContext): RuleTest[] {
  const { step } = context;
  const expectations = subjects.flatMap((subject) => {
    const { probe, wait } = subject;
    if (probe === undefined) return [];
    const held = stepsFor(wait, step) * step;
    if (probe.kind === "threshold") return [{ subject, moments: [quietAt(held + step)] }];
    const firing = probe.kind === "absent" ? distinctLabels(probe) : [new Map<string, string>()];
    return [{ subject, moments: firingFrom({ at: held, firing, value: 1, isExact: true }, context) }];
  });
  if (expectations.length === 0) return [];
  return [testOf("without data only blindness fires", { every: step, input: [] }, expectations)];
}

/** Two absences with the same labels are one alert. */
function distinctLabels({ parts }: AbsenceProbe): ReadonlyMap<string, string>[] {
  return [...new Map(parts.map((part) => [seriesText("", absentLabels(part)), absentLabels(part)])).values()];
}
