import { alertmanagerConfig } from "../../domain/generate/alertmanager-config.ts";
import { DEFAULT_TARGET } from "../../domain/generate/versions.ts";
import { alertmanagerReceivers } from "../../domain/lint/alertmanager-receivers.ts";
import { ROUTING_CHECKS } from "../../domain/lint/checks.ts";
import { type Finding, runChecks } from "../../domain/lint/finding.ts";
import type { LintSubject } from "../../domain/lint/subject.ts";
import { alertmanagerSubject, routedAlert } from "./alertmanager-subject.ts";
import { isDoubtful, type PolicyCertainty } from "./policy-certainty.ts";

/** Whom nobody is told of is the policy's own choice, and has a receiver of that name. */
const CHECKS = ROUTING_CHECKS.filter((check) => check !== alertmanagerReceivers);

/** What the routes go by. */
const ROUTED_BY = ["labels", "rollback", "blind"];

/** What is wrong with the routes that a policy will get; in the policy they come from its notifications. */
export function generatedRouting(certainty: PolicyCertainty, { alerts: all }: LintSubject): Finding[] {
  const { policy } = certainty;
  if (policy === null || isDoubtful(certainty, "notifications")) return [];
  const config = alertmanagerConfig([policy], DEFAULT_TARGET);
  const alerts = all
    .filter(({ path }) => !ROUTED_BY.some((key) => isDoubtful(certainty, ...path, key)))
    .map((alert) => routedAlert(alert, policy.application.name));
  return runChecks(CHECKS, alertmanagerSubject(config, alerts, DEFAULT_TARGET.alertmanager)).map(
    ({ span: _, ...finding }) => ({
      ...finding,
      path: ["notifications", "routes"],
      part: "key",
      message: `in the generated Alertmanager configuration, ${finding.message}`,
      advice: "let notifications.routes page for every tier, and send warnings to people only",
    }),
  );
}
