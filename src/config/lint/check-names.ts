import { KEY_CHECKS, ROUTING_CHECKS, RULE_CHECKS } from "../../domain/lint/checks.ts";

/** Every name that a finding can have. */
export const CHECK_NAMES: readonly string[] = [
  "file/unreadable",
  "yaml/syntax",
  "policy/unknown-name",
  "policy/required",
  "policy/type",
  "policy/value",
  "policy/application",
  "rules/shape",
  ...KEY_CHECKS.map(({ name }) => name),
  ...RULE_CHECKS.map(({ name }) => name),
  ...ROUTING_CHECKS.map(({ name }) => name),
  "promtool/rules",
  "lint/allow",
];
