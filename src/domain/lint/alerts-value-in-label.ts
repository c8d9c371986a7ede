import { actionsIn } from "../generate/template-text.ts";
import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

const VALUE = /(?:\$value|\.Value)\b/;

/** Labels are an alert's identity: with the value in one, each evaluation is a new alert, and `for` never ends. */
export const alertsValueInLabel: Check<LintSubject> = {
  name: "alerts/value-in-label",
  run({ alerts }, report) {
    for (const { path, labels } of alerts) {
      for (const [label, text] of labels) {
        const found = actionsIn(text).find(({ action }) => VALUE.test(action));
        if (found === undefined) continue;
        report({
          severity: "error",
          path: [...path, "labels", label],
          span: { from: found.from, to: found.from + found.action.length },
          message: `the label "${label}" changes with the value, so every evaluation begins a new alert`,
          advice: "put the value in an annotation",
        });
      }
    }
  },
};
