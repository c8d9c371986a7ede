import type { Check, Severity } from "./finding.ts";
import type { AlertSubject, LintSubject } from "./subject.ts";

interface Complaint {
  readonly severity: Severity;
  readonly message: string;
  readonly advice: string;
}

/** A check for alerts that have none of the labels or annotations `keys`, or only empty ones. */
export function requiredText(
  name: string,
  section: "labels" | "annotations",
  keys: readonly string[],
  complaint: (alert: AlertSubject) => Complaint,
): Check<LintSubject> {
  return {
    name,
    run({ alerts }, report) {
      for (const alert of alerts) {
        const texts = keys.map((key) => alert[section].get(key) ?? "");
        if (texts.every((text) => text.trim() === ""))
          report({ path: [...alert.path, "alert"], ...complaint(alert) });
      }
    },
  };
}
