import type { Check } from "./finding.ts";
import { nodesIn, selectorsIn } from "./promql.ts";
import { expressionsOf, type LintSubject } from "./subject.ts";

const DOUBLED = /_total_total$/;

/** A client library appends `_total` to a counter; written in the name as well, it is there twice or not at all. */
export const metricsName: Check<LintSubject> = {
  name: "metrics/name",
  run(subject, report) {
    for (const { path, expr } of expressionsOf(subject)) {
      for (const { metric, span } of selectorsIn(nodesIn(expr)).filter((node) => DOUBLED.test(node.metric)))
        report({
          severity: "warning",
          path,
          span: { from: span.from, to: span.from + metric.length },
          message: `${metric} ends in _total twice: the client library has added one`,
          advice: `name the counter ${metric.replace(DOUBLED, "")} in the application, and ${metric.replace(DOUBLED, "_total")} here`,
        });
    }
    for (const { name, path } of subject.records.filter((record) => DOUBLED.test(record.name)))
      report({
        severity: "warning",
        path: [...path, "record"],
        message: `${name} ends in _total twice`,
        advice: `call it ${name.replace(DOUBLED, "_total")}`,
      });
  },
};
