import { parseDocument } from "yaml";

const ROUTES = [
  { on: ["warning", "blind"], slack: true },
  { on: ["flag", "stage", "phase"], slack: true, pagerduty: "error", email: "now" },
  {
    on: ["safe-state", "emergency", "rollback-failed", "rollback-unverified", "storm-breaker"],
    slack: true,
    pagerduty: "critical",
    email: "now",
  },
];

/** A policy whose rollbacks nobody but Rollguard tells people of, by the shipped policy's routes. */
export function toldByRollguard(policy: string): string {
  const document = parseDocument(policy);
  document.setIn(["notifications", "rollbacksToldBy"], "rollguard");
  document.setIn(["notifications", "routes"], ROUTES);
  return document.toString();
}

export const ROUTING_KEY = "0123456789abcdef0123456789abcdef";
