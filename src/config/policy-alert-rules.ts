import { expectRollbackFlag, type Rule, type RuleContext } from "./policy-rule.ts";
import type { WrittenAlert } from "./policy-schema.ts";

const LIMIT = "$limit";

/** Written by the generator; a value of one's own would send the alert elsewhere. */
const RESERVED_LABELS = ["alertname", "application", "rollback"];

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const alertNames: Rule = (context) => {
  const { alerts } = context.policy;
  const triggers = new Set(
    alerts.filter((alert) => alert.rollback !== undefined).map((alert) => alert.alert),
  );
  const seen = new Set<string>();
  for (const [index, { alert }] of alerts.entries()) {
    if (seen.has(alert) && triggers.has(alert))
      context.report(
        ["alerts", index, "alert"],
        `"${alert}" calls for a rollback, so only one alert may have this name`,
      );
    seen.add(alert);
  }
};

const triggers: Rule = (context) => {
  for (const [index, alert] of context.policy.alerts.entries()) {
    const path = ["alerts", index];
    for (const [at, flag] of alert.flags.entries()) expectRollbackFlag(context, flag, [...path, "flags", at]);
    if (context.isLeftOut([...path, "rollback"])) continue;
    if (alert.rollback === undefined && alert.flags.length > 0)
      context.report(
        [...path, "flags"],
        "flags are turned off by a rollback, but this alert has none",
        "key",
      );
    if (
      alert.rollback === "flag" &&
      alert.flags.length === 0 &&
      alert.suspects === undefined &&
      !context.isLeftOut([...path, "suspects"])
    )
      context.report(
        [...path, "rollback"],
        "the tier flag needs flags: the flags to turn off; or suspects: to find them",
      );
    if (alert.suspects !== undefined && (alert.rollback !== "flag" || alert.flags.length > 0))
      context.report(
        [...path, "suspects"],
        "suspects go with the tier flag, and in the place of flags: remove one of them",
        "key",
      );
    if (alert.blind && alert.rollback !== undefined)
      context.report(
        [...path, "blind"],
        "what we cannot see never rolls back: remove blind or rollback",
        "key",
      );
  }
};

const limits: Rule = (context) => {
  for (const [index, alert] of context.policy.alerts.entries()) checkLimits(context, index, alert);
};

function checkLimits(context: RuleContext, index: number, alert: WrittenAlert): void {
  const path = ["alerts", index, "limits"];
  // On a metric they are its limits.
  const usesLimit = alert.expr?.includes(LIMIT) ?? false;
  if (alert.limits.length === 0) {
    if (usesLimit && !context.isLeftOut(path))
      context.report(
        ["alerts", index, "expr"],
        `${LIMIT} stands for one of the limits, but this alert has none`,
      );
    return;
  }
  if (!usesLimit && alert.metric === undefined)
    context.report(path, `the expression does not use ${LIMIT}, so the limits have no effect`, "key");
  let before = -1;
  for (const [row, { traffic }] of alert.limits.entries()) {
    if (traffic <= before)
      context.report([...path, row, "traffic"], `must be more than ${before}: limits ascend by traffic`);
    before = traffic;
  }
  if (before !== 100)
    context.report(
      [...path, alert.limits.length - 1, "traffic"],
      "the last limit must be for 100, to cover all traffic",
    );
}

const labelNames: Rule = (context) => {
  for (const [index, alert] of context.policy.alerts.entries()) {
    for (const kind of ["labels", "annotations"] as const) {
      for (const label of Object.keys(alert[kind])) {
        const path = ["alerts", index, kind, label];
        if (!LABEL_NAME.test(label))
          context.report(
            path,
            `"${label}" is no ${kind.slice(0, -1)} name: use letters, digits and underscores`,
            "key",
          );
        if (kind === "labels" && RESERVED_LABELS.includes(label))
          context.report(path, `the label "${label}" is written by the generator`, "key");
      }
    }
  }
};

const scrapeTimes: Rule = (context) => {
  const { interval, timeout } = context.policy.scrape;
  if (timeout > interval)
    context.report(["scrape", "timeout"], "must be at most the scrape interval: Prometheus refuses it");
};

export const ALERT_RULES: readonly Rule[] = [alertNames, triggers, limits, labelNames, scrapeTimes];
