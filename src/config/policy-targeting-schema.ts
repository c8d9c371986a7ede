import { z } from "zod";
import { parseSemVer } from "../domain/semver.ts";
import type { Instant } from "../domain/time.ts";
import { percentage, text } from "./policy-scalars.ts";

const attributeValues = () =>
  z.array(z.union([z.string(), z.number(), z.boolean()])).min(1, "name at least one");

const ruleSchema = z
  .strictObject({
    attribute: text().describe("Of the evaluation context. Without it the rule does not fit."),
    in: attributeValues().optional().describe("Fits one of these values."),
    notIn: attributeValues().optional().describe("Fits every value but these."),
    prefix: z
      .array(text())
      .min(1, "name at least one")
      .optional()
      .describe("Fits what begins with one of these."),
    semverAtLeast: z
      .string()
      .refine((written) => parseSemVer(written) !== undefined, 'write a version such as "2.3.0"')
      .optional()
      .describe("Fits this version and later ones."),
    serve: z.enum(["on", "off"]).default("on").describe("What those get whom it fits."),
  })
  .describe("One attribute, and what it has to be: exactly one of in, notIn, prefix and semverAtLeast.");

export const targetingSchema = z
  .strictObject({
    users: z.array(text()).default([]).describe("Targeting keys for whom the flag is on."),
    regions: z.array(text()).default([]).describe("Values of the attribute region for which the flag is on."),
    rules: z.array(ruleSchema).default([]).describe("The first that fits decides, after users and regions."),
  })
  .describe("Who meets the flag whatever its percentage is, while it is on.");

/** RFC 3339 with its zone: a time without one would be another one on each machine. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

function instant() {
  return z
    .string()
    .meta({ examples: ["2026-12-01T09:00:00Z"] })
    .transform((written, context): Instant => {
      const at = TIME.test(written) ? Date.parse(written) : Number.NaN;
      if (!Number.isNaN(at)) return at;
      context.addIssue({
        code: "custom",
        message: `"${written}" is no time; write one with its zone, such as 2026-12-01T09:00:00Z`,
      });
      return z.NEVER;
    });
}

export const rampSchema = z
  .strictObject({
    shape: z
      .enum(["linear", "steps"])
      .default("linear")
      .describe("linear moves evenly from point to point, steps jumps at each of them."),
    points: z
      .array(z.strictObject({ at: instant(), percentage: percentage() }))
      .min(2, "a ramp needs two points at least")
      .describe(
        "Ascending in time. Before the first one its percentage holds, after the last one that one's.",
      ),
  })
  .describe("A percentage that changes by itself; never above what the flag's own percentage says.");
