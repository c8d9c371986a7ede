import { type AlertmanagerSubject, isPager, namesOf, receiversOf, triggersOf } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** A trigger must reach the responder, or nothing rolls back; and a person, for when the rollback does not help. */
export const alertmanagerRollback: Check<AlertmanagerSubject> = {
  name: "alertmanager/rollback-route",
  run(subject, report) {
    const triggers = triggersOf(subject);
    const place = subject.route.path;
    const lost = triggers.filter((alert) => !receiversOf(subject, alert).some(({ rollsBack }) => rollsBack));
    if (lost.length > 0)
      report({
        severity: "error",
        path: place,
        part: "key",
        message: `no route takes ${namesOf(lost)} to Rollguard: nothing will be rolled back`,
        advice:
          'put a first child route with matchers: [rollback=~".+"] and continue: true, to a webhook at /api/v1/alerts',
      });
    const unpaged = triggers.filter((alert) => !receiversOf(subject, alert).some(isPager));
    if (unpaged.length > 0)
      report({
        severity: "error",
        path: place,
        part: "key",
        message: `no route takes ${namesOf(unpaged)} to a pager: nobody learns of a rollback that fails`,
        advice: "let the rollback route continue: true, to a later route with pagerduty_configs",
      });
  },
};
