import type { AlertmanagerSubject } from "./alertmanager.ts";
import { alertmanagerInhibitEqual } from "./alertmanager-inhibit-equal.ts";
import { alertmanagerInhibited } from "./alertmanager-inhibited.ts";
import { alertmanagerMuted } from "./alertmanager-muted.ts";
import { alertmanagerReceivers } from "./alertmanager-receivers.ts";
import { alertmanagerRollback } from "./alertmanager-rollback.ts";
import { alertmanagerSharedReceiver } from "./alertmanager-shared-receiver.ts";
import { alertmanagerTemplateUrl } from "./alertmanager-template-url.ts";
import { alertmanagerUnknownApplication } from "./alertmanager-unknown-application.ts";
import { alertmanagerWarning } from "./alertmanager-warning.ts";
import { alertsBudget } from "./alerts-budget.ts";
import { alertsFor } from "./alerts-for.ts";
import { alertsForWindow } from "./alerts-for-window.ts";
import { alertsLowTraffic } from "./alerts-low-traffic.ts";
import { alertsRunbook } from "./alerts-runbook.ts";
import { alertsSeverity } from "./alerts-severity.ts";
import { alertsSummary } from "./alerts-summary.ts";
import { alertsTemplate } from "./alerts-template.ts";
import { alertsValueInLabel } from "./alerts-value-in-label.ts";
import { alertsWarningFirst } from "./alerts-warning-first.ts";
import { dashboardThreshold } from "./dashboard-threshold.ts";
import type { Check } from "./finding.ts";
import { gatesCompareLabel } from "./gates-compare-label.ts";
import { gatesNoMetric } from "./gates-no-metric.ts";
import type { KeysSubject } from "./keys.ts";
import { metricsAbsent } from "./metrics-absent.ts";
import { metricsName } from "./metrics-name.ts";
import { metricsUnknown } from "./metrics-unknown.ts";
import { policyUnknownKey } from "./policy-unknown-key.ts";
import { prometheusDuration } from "./prometheus-duration.ts";
import { promqlComparison } from "./promql-comparison.ts";
import { promqlRate } from "./promql-rate.ts";
import { promqlRatio } from "./promql-ratio.ts";
import { promqlSyntax } from "./promql-syntax.ts";
import { promqlType } from "./promql-type.ts";
import { rulesGroup } from "./rules-group.ts";
import { rulesUnknownKey } from "./rules-unknown-key.ts";
import { scrapeTimeout } from "./scrape-timeout.ts";
import type { LintSubject } from "./subject.ts";
import { verifyLookback } from "./verify-lookback.ts";
import { yamlDuplicateKey } from "./yaml-duplicate-key.ts";

/** What is looked for among the keys of any file. */
export const KEY_CHECKS: readonly Check<KeysSubject>[] = [
  yamlDuplicateKey,
  policyUnknownKey,
  rulesUnknownKey,
];

/** What is looked for in policies, rule files and scrape configurations. */
export const RULE_CHECKS: readonly Check<LintSubject>[] = [
  promqlSyntax,
  promqlType,
  promqlComparison,
  promqlRatio,
  promqlRate,
  metricsUnknown,
  metricsAbsent,
  metricsName,
  alertsFor,
  alertsForWindow,
  alertsLowTraffic,
  alertsValueInLabel,
  alertsSeverity,
  alertsSummary,
  alertsRunbook,
  alertsTemplate,
  alertsWarningFirst,
  alertsBudget,
  rulesGroup,
  prometheusDuration,
  scrapeTimeout,
  dashboardThreshold,
  gatesNoMetric,
  gatesCompareLabel,
  verifyLookback,
];

/** What is looked for in an Alertmanager configuration and the alerts that it routes. */
export const ROUTING_CHECKS: readonly Check<AlertmanagerSubject>[] = [
  alertmanagerReceivers,
  alertmanagerRollback,
  alertmanagerMuted,
  alertmanagerInhibited,
  alertmanagerInhibitEqual,
  alertmanagerWarning,
  alertmanagerSharedReceiver,
  alertmanagerTemplateUrl,
  alertmanagerUnknownApplication,
];
