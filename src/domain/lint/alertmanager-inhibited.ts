import { type AlertmanagerSubject, matches, namesOf, triggersOf } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** While its source fires, an inhibited trigger is sent to nobody: nothing is rolled back, and nobody is paged. */
export const alertmanagerInhibited: Check<AlertmanagerSubject> = {
  name: "alertmanager/inhibited",
  run(subject, report) {
    for (const { path, target } of subject.inhibitions) {
      const hit = triggersOf(subject).filter(({ labels }) => matches(target, labels));
      if (hit.length === 0) continue;
      report({
        severity: "error",
        path,
        message: `this rule can suppress ${namesOf(hit)}, and with it the rollback and the page`,
        advice: 'add rollback="" to target_matchers',
      });
    }
  },
};
