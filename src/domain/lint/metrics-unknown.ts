import type { Check, Path } from "./finding.ts";
import { areMetricsKnown, isKnown, isWithin, knownMetrics, misreadNamesIn } from "./metric-names.ts";
import { nodesIn, selectorsIn } from "./promql.ts";
import { expressionsOf, type LintSubject } from "./subject.ts";

/**
 * A name that nothing declares selects nothing, and an alert on nothing never fires. `test-pass-rate` is no
 * name at all: it subtracts `pass` and `rate` from `test`. Where not all that is declared could be read, a name
 * that seems unknown may well be declared.
 */
export const metricsUnknown: Check<LintSubject> = {
  name: "metrics/unknown",
  run(subject, report) {
    const known = knownMetrics(subject);
    const isComplete = areMetricsKnown(subject);
    for (const { path, expr } of expressionsOf(subject)) {
      const dashed = misreadNamesIn(expr, subject.kind, known);
      for (const { text, span } of dashed) {
        const name = text.replaceAll("-", "_");
        // What could not be read may declare the parts, but not this name once more.
        if (!isComplete && !known.has(name)) continue;
        report({
          severity: "error",
          path,
          span,
          message: `"${text}" is no metric name: PromQL reads a subtraction of metrics that nothing declares`,
          advice: known.has(name) ? `write ${name}` : "metric names have underscores, no dashes",
        });
      }
      if (!isComplete || !declaresItsMetrics(subject, path)) continue;
      for (const { metric, span } of selectorsIn(nodesIn(expr))) {
        if (isKnown(metric, known) || dashed.some((name) => isWithin(span, name.span))) continue;
        const hint = subject.didYouMean(metric, known);
        report({
          severity: hint === "" ? "warning" : "error",
          path,
          span: { from: span.from, to: span.from + metric.length },
          message: `nothing declares the metric "${metric}"${hint}`,
          advice: "declare it under metrics, so that absent(), dashboards and reports know it too",
        });
      }
    }
  },
};

/** Only a policy's alerts are said to use declared metrics alone; the metrics themselves are made of raw ones. */
function declaresItsMetrics({ kind }: LintSubject, path: Path): boolean {
  return kind === "policy" && path[0] === "alerts";
}
