import { requiredText } from "./required-text.ts";

/** Routes go by severity: without it an alert reaches whoever is last in the tree. */
export const alertsSeverity = requiredText("alerts/severity", "labels", ["severity"], ({ name }) => ({
  severity: "warning",
  message: `${name} has no severity, by which Alertmanager and Rollguard route`,
  advice: "add the label severity: critical, or warning for what nobody needs to get up for",
}));
