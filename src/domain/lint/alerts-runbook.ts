import { requiredText } from "./required-text.ts";

const KEYS = ["runbook_url", "runbook"];

/** Whoever is paged needs to know what to do. */
export const alertsRunbook = requiredText("alerts/runbook", "annotations", KEYS, ({ name }) => ({
  severity: "warning",
  message: `${name} has no runbook`,
  advice: `add the annotation runbook_url, e.g. docs/runbooks/${name}.md`,
}));
