import { z } from "zod";
import { alertsSchema, scrapeSchema } from "./policy-alert-schema.ts";
import { flagsSchema, tiersSchema, verifySchema } from "./policy-flag-schema.ts";
import { ledgerSchema } from "./policy-ledger-schema.ts";
import { metricsSchema } from "./policy-metric-schema.ts";
import { contactsSchema, notificationsSchema } from "./policy-notification-schema.ts";
import { gatesSchema, plansSchema, rollbacksSchema, rolloutSchema } from "./policy-plan-schema.ts";
import { name, positiveDuration, text } from "./policy-scalars.ts";

const applicationSchema = z
  .strictObject({
    name: name().describe("In URLs, store keys and the label application."),
    title: text().optional().describe("For people. Default: the name."),
    job: text()
      .optional()
      .describe(
        "Prometheus job whose alerts are this application's when they carry no such label. Default: the name.",
      ),
    trafficFlag: name().describe("The flag whose percentage is the share of users served by the new system."),
  })
  .describe("The system that is rolled out.");

const servingSchema = z
  .strictObject({
    maxStale: positiveDuration()
      .prefault("1h")
      .describe(
        "How long flags are served as last known while the store is away; then those stay on that are safe to.",
      ),
  })
  .describe("How flags are served to applications.");

/** The policy file as people write it. Its output has the defaults filled in and durations in milliseconds. */
export const policySchema = z
  .strictObject({
    application: applicationSchema,
    scrape: scrapeSchema.prefault({}),
    metrics: metricsSchema.default([]),
    alerts: alertsSchema,
    tiers: tiersSchema.prefault({}),
    flags: flagsSchema,
    plans: plansSchema.optional(),
    gates: gatesSchema.optional(),
    verify: verifySchema.prefault({}),
    rollout: rolloutSchema.prefault({}),
    rollbacks: rollbacksSchema.prefault({}),
    serving: servingSchema.prefault({}),
    ledger: ledgerSchema.prefault({}),
    notifications: notificationsSchema.prefault({}),
    contacts: contactsSchema.default([]),
  })
  .meta({
    title: "Rollguard policy",
    description: "What is rolled out, what is watched, and what is rolled back.",
  });

export type SchemaOutput = z.output<typeof policySchema>;

/** A policy whose every section is there, before its names have been resolved. */
export interface WrittenPolicy extends Omit<SchemaOutput, "plans" | "gates"> {
  readonly plans: WrittenPlans;
  readonly gates: WrittenGates;
  /** Whether the file has none, so that they follow from its alerts. */
  readonly derivesGate: boolean;
}

export type WrittenGates = z.output<typeof gatesSchema>;
export type WrittenPlans = z.output<typeof plansSchema>;
export type WrittenMetric = SchemaOutput["metrics"][number];
export type WrittenGate = WrittenGates[string];
export type WrittenCriterion = WrittenGate["criteria"][string];
export type WrittenPlan = WrittenPlans[string] & { readonly stages: unknown };
export type WrittenStage = WrittenPlan["stages"][number];
export type WrittenAlert = SchemaOutput["alerts"][number];
