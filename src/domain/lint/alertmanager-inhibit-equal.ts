import type { AlertmanagerSubject } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** Without `equal` one alert anywhere suppresses its targets everywhere: another application's, another instance's. */
export const alertmanagerInhibitEqual: Check<AlertmanagerSubject> = {
  name: "alertmanager/inhibit-equal",
  run({ inhibitions }, report) {
    for (const { path, equal } of inhibitions) {
      if (equal.length > 0) continue;
      report({
        severity: "error",
        path,
        message: "an inhibit rule without equal suppresses alerts of every application and instance",
        advice: "add equal: [application, …]: the labels that both alerts must share",
      });
    }
  },
};
