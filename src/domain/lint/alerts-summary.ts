import { requiredText } from "./required-text.ts";

const KEYS = ["summary", "message", "title"];

/** What is read first, on a telephone, at night. */
export const alertsSummary = requiredText("alerts/summary", "annotations", KEYS, ({ name }) => ({
  severity: "warning",
  message: `${name} has no summary: whoever is paged sees its name only`,
  advice: "add the annotation summary: one line that says what is wrong",
}));
