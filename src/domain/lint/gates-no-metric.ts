import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

/** Who judges alerts alone, judges nothing as long as nobody is told: it promotes whatever happens. */
export const gatesNoMetric: Check<LintSubject> = {
  name: "gates/no-metric",
  run({ judges }, report) {
    for (const { name, path, judgesMetric } of judges) {
      if (judgesMetric) continue;
      report({
        severity: "error",
        path,
        part: "key",
        message: `the gate "${name}" judges no metric: it promotes whatever the application does`,
        advice:
          path[0] === "gates"
            ? "add a criterion on a metric, or leave gates out: then the policy's own alerts are judged"
            : "write an alert that says what is bad, or a gate with a criterion on a metric",
      });
    }
  },
};
