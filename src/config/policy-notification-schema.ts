import { z } from "zod";
import { duration, positiveDuration, text } from "./policy-scalars.ts";

/** What people are told of: warnings, a rollback of each tier, and what needs somebody at once. */
const OCCASIONS = [
  "warning",
  "flag",
  "stage",
  "phase",
  "safe-state",
  "emergency",
  "rollback-failed",
  "rollback-unverified",
  "storm-breaker",
  "blind",
] as const;

const routeSchema = z.strictObject({
  on: z.array(z.enum(OCCASIONS)).min(1, "name at least one occasion"),
  slack: z.boolean().default(false),
  pagerduty: z.enum(["no", "error", "critical"]).default("no").describe("The severity of the page."),
  email: z.enum(["no", "daily", "now"]).default("no").describe("In the daily summary, or at once."),
});

const DEFAULT_ROUTES: z.input<typeof routeSchema>[] = [
  { on: ["warning"], slack: true, email: "daily" },
  { on: ["flag", "stage", "phase"], slack: true, pagerduty: "error", email: "now" },
  {
    on: ["safe-state", "emergency", "rollback-failed", "rollback-unverified", "storm-breaker", "blind"],
    slack: true,
    pagerduty: "critical",
    email: "now",
  },
];

const emailAddress = () => z.email("is no e-mail address");

export const notificationsSchema = z
  .strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, "is no time zone; write e.g. UTC or Europe/Berlin")
      .default("UTC"),
    slack: z
      .strictObject({
        channel: text().optional().describe("Default: #<application>-alerts."),
        incidentChannel: text().default("#incident-YYYY-MM-DD").describe("The date is filled in."),
      })
      .prefault({}),
    pagerduty: z
      .strictObject({ service: text().optional().describe("Default: the application's name.") })
      .prefault({}),
    email: z
      .strictObject({
        to: z.array(emailAddress()).default([]),
        dailySummaryAt: z
          .string()
          .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day; write e.g. "09:00"')
          .default("09:00"),
      })
      .prefault({}),
    routes: z
      .array(routeSchema)
      .prefault(DEFAULT_ROUTES)
      .describe("Who hears of what. The rest goes nowhere."),
    stakeholders: z
      .strictObject({
        within: positiveDuration().prefault("15m").describe("The first word to them, at the latest."),
        every: positiveDuration().prefault("1h").describe("Updates until stable."),
        reportWithin: duration().prefault("24h").describe("The post-incident report, at the latest."),
      })
      .prefault({}),
  })
  .describe("Who is told what, and where. Addresses with secrets in them come from the environment.");

export const contactsSchema = z
  .array(
    z.strictObject({
      role: text(),
      name: text(),
      email: emailAddress().optional(),
      escalation: z.string().default("").describe("When to turn to them."),
    }),
  )
  .describe("People, for reports and pages.");

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
