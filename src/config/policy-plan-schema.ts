import { z } from "zod";
import type { Bound, Comparison } from "../domain/gate.ts";
import { MAX_PAST } from "../domain/rollback.ts";
import { compareSchema } from "./policy-metric-schema.ts";
import { count, duration, key, name, percentage, positiveDuration, text } from "./policy-scalars.ts";

const BOUND = /^(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)$/;

const bound = () =>
  z
    .string()
    .meta({ pattern: BOUND.source, examples: ["< 0.1", ">= 98"] })
    .transform((written, context): Bound => {
      const [, comparison, value] = BOUND.exec(written.trim()) ?? [];
      if (comparison !== undefined) return { comparison: comparison as Comparison, value: Number(value) };
      context.addIssue({
        code: "custom",
        message: `"${written}" is no bound; write e.g. "< 0.1" or ">= 98"`,
      });
      return z.NEVER;
    });

const criterionSchema = z
  .strictObject({
    expr: text().optional().describe("PromQL, for a value that is no metric of this policy."),
    source: z
      .enum(["prometheus", "alertmanager"])
      .default("prometheus")
      .describe(
        "Alertmanager knows critical_alerts only: firing alerts of severity critical, blind ones not counted.",
      ),
    green: bound().describe("Good enough to promote."),
    red: bound().optional().describe("Bad enough to roll back. Whatever is neither is yellow, and holds."),
    sustained: z
      .enum(["whole-bake", "average"])
      .default("whole-bake")
      .describe("Whether every sample of the bake is judged, or their average."),
    checksInARow: count().optional().describe("Instead of sustained: the last so many checks are judged."),
    judge: z
      .enum(["sequential", "threshold"])
      .optional()
      .describe(
        "By evidence that grows with the requests, or by each value. Default: sequential where the metric counts them.",
      ),
    minimum: count()
      .optional()
      .describe("With fewer requests a value says nothing; for judge: threshold. Default: none."),
    yellow: z
      .enum(["as-before", "hold"])
      .optional()
      .describe(
        "Whether a value between green and red holds though it was so before the rollout. Default: as-before.",
      ),
    compare: compareSchema.optional(),
  })
  .describe("One row of a gate.");

const gateSchema = z
  .strictObject({
    extends: name().optional().describe("Starts from the criteria of another gate."),
    criteria: z.record(z.string(), criterionSchema).default({}).describe("By metric."),
    holdFor: positiveDuration()
      .prefault("6h")
      .describe("How much longer a stage bakes after a yellow verdict."),
    settle: duration()
      .prefault("0s")
      .describe("The first part of a stage, whose requests are not counted: caches warm up."),
    notEnough: z
      .strictObject({
        after: positiveDuration()
          .optional()
          .describe("From the stage's start; then it is held and said. Default: 1.5 times its bake."),
      })
      .prefault({})
      .describe("When there are too few requests to tell."),
  })
  .describe("The criteria that decide at a stage's end: promote, hold or roll back.");

export const gatesSchema = z.record(key(), gateSchema).describe("Gates by name.");

const stageSchema = z
  .strictObject({
    name: text().optional().describe("Default: the stage's number and traffic."),
    traffic: percentage().describe("Percent of users served by the new system."),
    phases: z
      .record(z.string(), percentage())
      .default({})
      .describe("Sets every release flag of a phase, the traffic flag excepted: phase to percentage."),
    flags: z
      .record(z.string(), percentage())
      .default({})
      .describe("Sets flags: flag to percentage, 0 is off. Wins over phases."),
    bake: positiveDuration().describe("How long the stage is watched before the gate decides."),
    checkEvery: positiveDuration().describe("How often metrics are taken during the bake."),
    gate: name().optional().describe('Default: "standard", else the first gate.'),
    approval: z.boolean().default(false).describe("A green gate still waits for an operator's approval."),
  })
  .describe("One step of a plan.");

const planSchema = z
  .strictObject({
    description: z.string().default(""),
    dangerous: z.boolean().default(false).describe("In production it needs --yes-i-am-sure."),
    stepEvery: positiveDuration()
      .optional()
      .describe("A stage begins at least this long after the one before it did, however short its bake was."),
    stages: z.array(stageSchema).min(1, "a plan needs at least one stage"),
  })
  .describe("A named list of stages.");

const customPlanSchema = z
  .strictObject({
    checkEvery: positiveDuration()
      .prefault("30s")
      .describe("At most; a shorter --wait is checked more often."),
    flags: z
      .record(z.string(), percentage())
      .default({})
      .describe("Flags that its first stage sets: flag to percentage, 0 is off."),
    gate: name().optional().describe('Default: "standard", else the first gate.'),
  })
  .describe("The plan whose stages come from --steps and --wait.");

export const plansSchema = z
  .object({ custom: customPlanSchema.prefault({}) })
  .catchall(planSchema)
  .describe("Plans by name.");

export const rolloutSchema = z
  .strictObject({
    defaultPlan: name().optional().describe('Default: "safe", else the first plan.'),
    retryFromStage: count().default(1).describe("The stage, counted from 1, at which a retry starts again."),
    watchdogTimeout: positiveDuration()
      .prefault("3m")
      .describe("A Watchdog unseen for this long makes the application blind."),
    afterBlindness: z
      .enum(["continue", "restart"])
      .default("continue")
      .describe("Whether a bake goes on where it was when we see again, or begins anew."),
    thresholds: z
      .strictObject({
        error: name().default("error_rate"),
        latency: name().default("p95_latency"),
      })
      .prefault({})
      .describe("The metrics that --error-threshold and --latency-threshold mean."),
    finalSuccess: z
      .strictObject({
        traffic: percentage().default(100),
        stableFor: positiveDuration().prefault("48h"),
        gate: name().optional().describe('Default: "final-success", else as for a stage.'),
      })
      .prefault({})
      .describe("When the whole rollout counts as a success."),
  })
  .describe("What holds for every plan.");

export const rollbacksSchema = z
  .strictObject({
    stormBreaker: z
      .strictObject({
        // No more are remembered.
        rollbacks: count().max(MAX_PAST, `must be ${MAX_PAST} or less`).default(3),
        within: positiveDuration().prefault("1h"),
      })
      .prefault({})
      .describe("More rollbacks than this within that time: page, hold, act on a more severe tier only."),
    cooldown: duration()
      .prefault("0s")
      .describe("After a rollback has ended, how long the same trigger does not begin another one."),
    holdDown: duration()
      .prefault("5m")
      .describe(
        "An alert that has resolved and fires again within this time is the same one: no new rollback, no page.",
      ),
    alertmanagerPeers: count()
      .max(100, "must be 100 or less")
      .default(1)
      .describe(
        "How many Alertmanagers share their notifications; the generated group_interval is longer then.",
      ),
    maxTimeToRollback: positiveDuration()
      .prefault("6m")
      .describe("From breach to rollback, at most. Detection is checked against it."),
    actOnSilenced: z
      .boolean()
      .default(false)
      .describe("Whether an alert that is silenced rolls back too when Alertmanager is asked what fires."),
  })
  .describe("Limits on rollbacks.");
