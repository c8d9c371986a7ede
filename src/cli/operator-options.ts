/** What every command of an operator takes. */
export const OPERATOR_OPTIONS = {
  reason: { type: "string" },
  application: { type: "string" },
  revision: { type: "string" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
} as const;
