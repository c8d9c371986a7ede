import { z } from "zod";
import { positiveDuration, text, unlessMissing } from "./policy-scalars.ts";

const METRIC_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const counters = () => text().meta({ examples: ['app_requests_total{job="app"}'] });

const ratioSchema = z
  .strictObject({
    bad: counters().describe("Selects the counters of requests that failed: no functions."),
    total: counters().describe("Selects the counters of all requests, those that failed among them."),
  })
  .describe("Counted: the share of requests that failed, over all instances.");

const latencySchema = z
  .strictObject({
    histogram: text().describe(
      "Selects a histogram of seconds, classic or native, by its name without _bucket: no functions.",
    ),
    above: positiveDuration()
      .optional()
      .describe(
        "The metric is the share of requests that took longer. A classic histogram has such a bucket.",
      ),
    quantile: z
      .number()
      .gt(0, "must be more than 0")
      .lt(1, "must be less than 1: 0.95 is the 95th percentile")
      .optional()
      .describe(
        "The metric is this quantile in milliseconds. Gates judge the share of requests above their bounds.",
      ),
  })
  .describe("Counted: how many requests were slow, over all instances.");

const variantSchema = z
  .strictObject({
    label: z.string().regex(LABEL_NAME, "is no label name: use letters, digits and underscores"),
    treatment: text().describe("The label's value where the change is on."),
    control: text().describe("Its value where it is off."),
  })
  .describe("The label of the counters that tells who had the change from who did not.");

/** How it is written: `0.5 %`, or a number in the metric's unit. */
export interface WrittenMargin {
  readonly amount: number;
  readonly isPercent: boolean;
}

const MARGIN = /^(\d+(?:\.\d+)?)\s*%$/;

const margin = () =>
  z
    .union([z.number(), z.string()], { error: unlessMissing(MARGIN_HELP) })
    .meta({ examples: ["0.5 %", 0.5] })
    .transform((written, context): WrittenMargin => {
      const [, percent] = MARGIN.exec(String(written).trim()) ?? [];
      if (percent !== undefined) return { amount: Number(percent), isPercent: true };
      if (typeof written === "number" && written >= 0) return { amount: written, isPercent: false };
      context.addIssue({ code: "custom", message: MARGIN_HELP });
      return z.NEVER;
    });

const MARGIN_HELP = "write how much worse it may be, 0 or more: 0.5 %, or a number in the metric's unit";

export const compareSchema = z
  .strictObject({ margin: margin().describe("How much worse than control the treatment may be.") })
  .describe("Judges who had the change against who did not. The metric needs `by`.");

const metricSchema = z
  .strictObject({
    record: z
      .string()
      .regex(METRIC_NAME, "is no metric name: use letters, digits, underscores and colons")
      .describe("The metric's name."),
    expr: text().optional().describe("PromQL. Or else `ratio` or `latency`, which know their requests."),
    ratio: ratioSchema.optional(),
    latency: latencySchema.optional(),
    by: variantSchema.optional(),
    compare: compareSchema.optional(),
    unit: z.enum(["percent", "milliseconds", "count", "ratio"]),
    noData: z
      .enum(["blind", "ignore"])
      .default("blind")
      .describe("What it means when the metric is missing: we cannot see, or nothing."),
  })
  .describe("A recording rule, with its unit and what its absence means: one of expr, ratio and latency.");

export const metricsSchema = z
  .array(metricSchema)
  .describe("Metrics that alerts, gates and dashboards share, so that each has one definition.");
