import type { AlertmanagerSubject } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** What Alertmanager has delivered it keeps by the webhook's place in its receiver, not by its address. */
export const alertmanagerSharedReceiver: Check<AlertmanagerSubject> = {
  name: "alertmanager/shared-receiver",
  run({ receivers }, report) {
    for (const { name, webhooks } of receivers) {
      const own = webhooks.find(({ isRollguard }) => isRollguard);
      if (own === undefined || webhooks.every(({ isRollguard }) => isRollguard)) continue;
      report({
        severity: "warning",
        path: own.path,
        message: `the receiver "${name}" has webhooks of others beside Rollguard's: one that changes its place is not told of what fires until repeat_interval`,
        advice: "give Rollguard a receiver of its own, and a route of its own with continue: true",
      });
    }
  },
};
