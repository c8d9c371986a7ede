import { listed } from "../listed.ts";
import type { AlertmanagerSubject } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** Of an address as it is: what is filled in or encoded is another one. */
const NAMED = /\/api\/v1\/applications\/([^/{}%]+)\/alerts\/?$/;

/** Rollguard goes by the alert's own word then; an alert that says nothing of itself is about nobody. */
export const alertmanagerUnknownApplication: Check<AlertmanagerSubject> = {
  name: "alertmanager/unknown-application",
  run({ receivers, alerts }, report) {
    const known = [...new Set(alerts.flatMap(({ labels }) => labels.get("application") ?? []))];
    if (known.length === 0) return;
    for (const { path, url } of receivers.flatMap(({ webhooks }) => webhooks)) {
      const named = NAMED.exec(url ?? "")?.[1];
      if (named === undefined || known.includes(named)) continue;
      report({
        severity: "warning",
        path: [...path, "url"],
        message: `this address names the application "${named}", and the alerts are about ${listed(known, 3)}`,
        advice: "write the address as …/api/v1/alerts: Rollguard goes by each alert's label application then",
      });
    }
  },
};
