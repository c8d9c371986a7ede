import { type AlertmanagerSubject, namesOf, receiversOf } from "./alertmanager.ts";
import type { Check } from "./finding.ts";
import { isWarning } from "./thresholds.ts";

/** Warnings are for people: at the responder they are noise at best, and a rollback when a policy errs. */
export const alertmanagerWarning: Check<AlertmanagerSubject> = {
  name: "alertmanager/warning-rolls-back",
  run(subject, report) {
    const hit = subject.alerts.filter(
      (each) => isWarning(each.alert) && receiversOf(subject, each).some(({ rollsBack }) => rollsBack),
    );
    if (hit.length > 0)
      report({
        severity: "error",
        path: subject.route.path,
        part: "key",
        message: `the warning ${namesOf(hit)} reaches Rollguard`,
        advice: 'give the rollback route matchers: [rollback=~".+"]',
      });
  },
};
