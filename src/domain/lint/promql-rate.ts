import type { Check } from "./finding.ts";
import { comparisonsIn, isCallOf, nodesIn, nodesOf, selectorsIn } from "./promql.ts";
import { expressionsOf, type LintSubject } from "./subject.ts";

/** Seconds per second are a share of the time, so a limit below 1 is what one wants. */
const SECONDS = /_seconds(_total|_sum)?$/;

/** `rate(errors[5m]) > 0.001` looks like 0.1 % of something, and is one event in 1000 seconds. */
export const promqlRate: Check<LintSubject> = {
  name: "promql/rate",
  run(subject, report) {
    for (const { path, expr } of expressionsOf(subject)) {
      for (const comparison of comparisonsIn(nodesIn(expr))) {
        const nodes = [...nodesOf(comparison.subject)];
        const rates = nodes.some((node) => isCallOf(node, ["rate", "irate"]));
        const arithmetic = nodes.some(
          (node) => node.type === "binary" || isCallOf(node, ["histogram_quantile"]),
        );
        const { value } = comparison;
        if (!rates || arithmetic || value <= 0 || value >= 1) continue;
        if (selectorsIn(nodes).some(({ metric }) => SECONDS.test(metric))) continue;
        report({
          severity: "warning",
          path,
          span: comparison.span,
          message: `compares events per second with ${value} as if it were a ratio: one event in ${Math.round(1 / value)} seconds is enough`,
          advice: "divide by the rate of all events, or say the limit in events per second, 1 or more",
        });
      }
    }
  },
};
