import { formatDuration } from "../time.ts";
import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

/**
 * With no `for`, one bad sample rolls back. One that is no multiple of the evaluation interval is rounded up to
 * one, so the rollback comes later than the file says.
 */
export const alertsFor: Check<LintSubject> = {
  name: "alerts/for",
  run({ alerts }, report) {
    for (const { path, for: wait, rollback, evaluationInterval } of alerts) {
      if (rollback === null || wait === null) continue;
      const place = [...path, "for"];
      if (wait === 0)
        report({
          severity: "error",
          path: place,
          message: "rolls back after a single bad evaluation",
          advice: "let the breach last: `for: 1m` or more",
        });
      else if (evaluationInterval !== null && wait % evaluationInterval !== 0)
        report({
          severity: "warning",
          path: place,
          message: `${formatDuration(wait)} is no multiple of the evaluation interval of ${formatDuration(evaluationInterval)}, and waits for the next one`,
          advice: `write ${formatDuration(Math.ceil(wait / evaluationInterval) * evaluationInterval)}`,
        });
    }
  },
};
