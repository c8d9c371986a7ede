import { z } from "zod";
import { count, key, name, percentage, phase, positiveDuration } from "./policy-scalars.ts";
import { rampSchema, targetingSchema } from "./policy-targeting-schema.ts";

const flagSchema = z
  .strictObject({
    kind: z
      .enum(["release", "kill-switch", "operational"])
      .default("release")
      .describe("Who may touch it. Rollbacks and plans move release flags only."),
    enabled: z.boolean().default(false).describe("Whether the flag is on before anybody changed it."),
    rolloutPercentage: percentage()
      .optional()
      .describe("Percent of users, with at most two decimals. Default: 100 if enabled, else 0."),
    phase: phase().optional().describe("Tiers and plans select flags by phase."),
    risk: z.enum(["low", "medium", "high"]).optional(),
    parent: name().optional().describe("While the parent is off, this flag is off too."),
    protected: z.boolean().default(false).describe("Survives the kill switch and every rollback."),
    targeting: targetingSchema.optional(),
    ramp: rampSchema.optional(),
    safeValue: z
      .boolean()
      .optional()
      .describe(
        "Whether it may stay on when nothing is known of it for flags.maxStale. Default: if protected.",
      ),
    description: z.string().default(""),
  })
  .describe("A feature flag.");

export const flagsSchema = z.record(key(), flagSchema).describe("The application's feature flags, by key.");

const phases = () =>
  z.array(phase()).default([]).describe("Turns off every release flag of these phases. Default: none.");
const flags = () => z.array(name()).default([]).describe("Turns off these flags. Default: none.");
const budget = (value: string) =>
  positiveDuration().prefault(value).describe("How long the whole rollback may take.");
const pages = (value: boolean) =>
  z.boolean().default(value).describe("Pages the on-call engineer, whether or not anything changed.");
const trafficCap = (value: number) =>
  percentage()
    .nullable()
    .default(value)
    .describe("Lowers traffic to at most this many percent; null leaves it to the milder tiers.");
const noKillSwitch = () =>
  z
    .literal(false, { error: "only the tier emergency may engage the kill switch" })
    .default(false)
    .describe("Only the tier emergency may engage the kill switch.");

const named = (value: string) => z.strictObject({ budget: budget(value), pages: pages(false) });
const selecting = (cap: number) =>
  z.strictObject({
    phases: phases(),
    flags: flags(),
    trafficCap: trafficCap(cap),
    killSwitch: noKillSwitch(),
    pages: pages(false),
    budget: budget("2m"),
  });

export const tiersSchema = z
  .strictObject({
    flag: named("1m").prefault({}).describe("Disables the flags that the alert names, and their children."),
    stage: named("2m")
      .prefault({})
      .describe("Returns to what the flags were when the previous stage was promoted."),
    phase: selecting(30).prefault({}).describe("Disables the flags of the named phases and caps traffic."),
    "safe-state": selecting(0).prefault({}).describe("Halts the rollout and takes traffic to the cap."),
    emergency: selecting(0)
      .extend({
        killSwitch: z
          .boolean()
          .default(false)
          .describe("Engages the kill switch. Otherwise only an operator does."),
        pages: pages(true),
      })
      .prefault({})
      .describe("Safe-state, and pages the on-call engineer."),
  })
  .describe("How much each tier rolls back. Each tier also does what every milder tier does.");

export const verifySchema = z
  .strictObject({
    startAfter: positiveDuration().prefault("45s").describe("From the rollback to the first check."),
    checkEvery: positiveDuration().prefault("5s"),
    goodChecksInARow: count().default(3),
    giveUpAfter: positiveDuration()
      .prefault("2m")
      .describe("From the rollback; then the next tier is tried."),
    gate: name()
      .optional()
      .describe('Its red bounds say that it has not helped. Default: "standard", else the first gate.'),
  })
  .describe("When a rollback counts as having helped.");
