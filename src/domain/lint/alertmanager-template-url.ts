import { isAtLeast } from "../generate/versions.ts";
import type { AlertmanagerSubject } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** Templates in a webhook's address are filled in since 0.31, with what all alerts of a group share; before, they are text. */
export const alertmanagerTemplateUrl: Check<AlertmanagerSubject> = {
  name: "alertmanager/template-url",
  run({ receivers, version }, report) {
    const isFilledIn = isAtLeast(version, 0, 31);
    for (const { path, url, isRollguard } of receivers.flatMap(({ webhooks }) => webhooks)) {
      if (!isRollguard || url === null || !url.includes("{{")) continue;
      report({
        severity: isFilledIn ? "info" : "warning",
        path: [...path, "url"],
        message: isFilledIn
          ? "a template in Rollguard's address names no application where the alerts of a group do not share the label, and in an Alertmanager before 0.31"
          : `Alertmanager ${version.major}.${version.minor} does not fill in templates in an address: this one names no application`,
        advice: "write the address as …/api/v1/alerts: Rollguard goes by each alert's label application then",
      });
    }
  },
};
