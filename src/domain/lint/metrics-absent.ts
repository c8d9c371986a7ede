import type { Check } from "./finding.ts";
import { isWithin, knownMetrics, misreadNamesIn } from "./metric-names.ts";
import {
  ABSENT,
  isCallOf,
  metricsOf,
  nodesIn,
  type PromqlNode,
  selectorsIn,
  wordsOfUnreadable,
} from "./promql.ts";
import type { AlertSubject, LintSubject } from "./subject.ts";

/** The responder itself is watched by the Watchdog. */
const OWN = /^rollguard_/;

/** A metric that disappears takes its trigger with it: nothing rolls back, and nobody is told. */
export const metricsAbsent: Check<LintSubject> = {
  name: "metrics/absent",
  run(subject, report) {
    const { kind, alerts, records } = subject;
    const known = knownMetrics(subject);
    const excused = new Set(records.filter(({ mayBeAbsent }) => mayBeAbsent).map(({ name }) => name));
    const watched = new Set(alerts.flatMap(absentMetrics));
    for (const { name, path, expr, rollback } of alerts) {
      if (rollback === null) continue;
      // What is no name has been told, and wants no alert.
      const misread = misreadNamesIn(expr, kind, known);
      for (const { metric, span } of selectorsIn(nodesIn(expr))) {
        if (misread.some((name) => isWithin(span, name.span))) continue;
        if (watched.has(metric) || excused.has(metric) || OWN.test(metric)) continue;
        watched.add(metric);
        report({
          severity: "warning",
          path: [...path, "expr"],
          span: { from: span.from, to: span.from + metric.length },
          message: `no alert tells when ${metric} is missing, and without it ${name} cannot fire`,
          advice: `add an alert on absent(${metric}), with blind: true in a policy`,
        });
      }
    }
  },
};

function absentMetrics({ expr }: AlertSubject): string[] {
  const calls: PromqlNode[] = nodesIn(expr).filter((node) => isCallOf(node, ABSENT));
  const words = wordsOfUnreadable(expr);
  return words.some((word) => ABSENT.includes(word)) ? words : calls.flatMap((call) => [...metricsOf(call)]);
}
