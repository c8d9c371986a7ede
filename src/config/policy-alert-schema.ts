import { z } from "zod";
import { TIER_NAMES } from "../domain/tier.ts";
import { duration, name, percentage, positiveDuration, text } from "./policy-scalars.ts";

export const scrapeSchema = z
  .strictObject({
    interval: positiveDuration().prefault("5s").describe("How often Prometheus reads the metrics."),
    timeout: positiveDuration().prefault("4s").describe("At most the interval."),
    evaluationInterval: positiveDuration()
      .prefault("15s")
      .describe("How often Prometheus judges the alerts."),
    targets: z
      .array(
        z.strictObject({
          job: text().describe("Prometheus' job label."),
          address: text().describe("host:port"),
          metricsPath: z.string().startsWith("/", "must begin with /").default("/metrics"),
        }),
      )
      .default([]),
  })
  .describe("What Prometheus reads, and how often.");

const labels = () => z.record(z.string(), z.string()).default({});

const suspects = z
  .strictObject({
    window: positiveDuration()
      .prefault("24h")
      .describe("How long before the alert began a flag may have been raised."),
    atOnce: z
      .int("must be a whole number")
      .min(1, "must be at least 1")
      .default(1)
      .describe("How many are turned off at once. The next ones follow when that did not help."),
    withoutSuspect: z
      .enum(["act", "page"])
      .default("page")
      .describe("When no change can have caused it: act goes on with the next tier, page only pages."),
  })
  .describe("The tier flag turns off the flags that were raised last before the alert began.");

const alertSchema = z
  .strictObject({
    alert: name().describe("The alert's name. It also names the runbook."),
    expr: text()
      .optional()
      .describe(
        "PromQL. With limits, `$limit` stands for the limit at the current traffic. Or else `metric`.",
      ),
    metric: text()
      .optional()
      .describe(
        "A metric of this policy, and with it above, below, slo or limits: where the metric counts requests the alert knows how many it has seen.",
      ),
    above: z.number().optional().describe("More is bad, in the metric's unit."),
    below: z.number().optional().describe("Less is bad, in the metric's unit."),
    slo: z
      .number()
      .optional()
      .describe(
        "The percentage of requests that must be good: fires while the error budget burns too fast (14.4 x over 1h and 5m, 6 x over 6h and 30m).",
      ),
    for: duration()
      .optional()
      .describe("How long it must hold before the alert fires. Default: 0s; 1m with metric."),
    keep_firing_for: positiveDuration().optional(),
    labels: labels(),
    annotations: labels(),
    limits: z
      .array(
        z.strictObject({
          traffic: percentage().describe("Up to and including this many percent of users."),
          limit: z.number().describe("What `$limit` stands for."),
        }),
      )
      .default([])
      .describe(
        "Judges a canary more strictly than a full rollout: ascending, the last one at 100. With metric they take the place of above.",
      ),
    rollback: z.enum(TIER_NAMES).optional().describe("The tier that this alert calls for."),
    flags: z
      .array(name())
      .default([])
      .describe(
        "Flags that the rollback turns off by name, with their children. The tier flag needs them, or suspects.",
      ),
    suspects: suspects.optional(),
    blind: z
      .boolean()
      .default(false)
      .describe("Says that we cannot see: holds a rollout and pages, and never rolls back."),
  })
  .superRefine(({ expr, metric }, context) => {
    if (expr === undefined && metric === undefined)
      context.addIssue({ code: "custom", path: ["expr"], message: "is required here" });
  })
  .describe(
    "An alert in Prometheus' own words, or on a metric of this policy, and the rollback that it calls for.",
  );

export const alertsSchema = z.array(alertSchema).describe("Alerts: rollback triggers, warnings, blindness.");
