import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";
import { isUrgent, isWarning, thresholdsOf } from "./thresholds.ts";

/** A warning that comes together with the rollback, or after it, warns of nothing. */
export const alertsWarningFirst: Check<LintSubject> = {
  name: "alerts/warning-first",
  run({ alerts }, report) {
    const urgent = alerts.filter(isUrgent).flatMap(thresholdsOf);
    for (const warning of alerts.filter(isWarning).flatMap(thresholdsOf)) {
      const late = urgent.find(
        ({ metric, bad, value }) =>
          metric === warning.metric &&
          bad === warning.bad &&
          (bad === "above" ? warning.value >= value : warning.value <= value),
      );
      if (late === undefined) continue;
      report({
        severity: "warning",
        path: [...warning.alert.path, "expr"],
        span: warning.comparison.valueSpan,
        message: `warns at ${warning.value}, when ${late.alert.name} already fires at ${late.value}`,
        advice: `choose a limit ${warning.bad === "above" ? "below" : "above"} ${late.value}, so that the warning comes first`,
      });
    }
  },
};
