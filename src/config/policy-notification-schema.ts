import { z } from "zod";
import { MESSAGE_KINDS } from "../domain/message.ts";
import { OCCASIONS } from "../domain/notify/occasion.ts";
import { PLACEHOLDERS, templateProblems } from "../domain/notify/template.ts";
import { PAGE_RESOLVED_ON } from "../domain/policy.ts";
import { didYouMean } from "./did-you-mean.ts";
import { duration, positiveDuration, text } from "./policy-scalars.ts";

const slackChannel = () =>
  z
    .string()
    .regex(/^[#@]?[\p{L}\p{N}_-]{1,80}$/u, 'is no Slack channel; write e.g. "#genesis-alerts", or yes or no');

const routeSchema = z.strictObject({
  on: z.array(z.enum(OCCASIONS)).min(1, "name at least one occasion"),
  slack: z
    .union([z.boolean(), slackChannel()], "expected true, false, or a channel")
    .default(false)
    .describe("Or a channel of its own."),
  pagerduty: z.enum(["no", "error", "critical"]).default("no").describe("The severity of the page."),
  email: z.enum(["no", "daily", "now"]).default("no").describe("In the daily summary, or at once."),
  webhook: z.boolean().default(true).describe("To ROLLGUARD_NOTIFY_WEBHOOK_URL, where that is set."),
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
    rollbacksToldBy: z
      .enum(["both", "rollguard"])
      .default("both")
      .describe(
        "Whether Alertmanager tells people of alerts that roll back too: twice is safe, once is one page. Rollguard alone needs channels of its own.",
      ),
    slack: z
      .strictObject({
        channel: text().optional().describe("Default: #<application>-alerts."),
        incidentChannel: text().default("#incident-YYYY-MM-DD").describe("The date is filled in."),
      })
      .prefault({}),
    pagerduty: z
      .strictObject({
        service: text().optional().describe("Default: the application's name."),
        resolveOn: z
          .enum(PAGE_RESOLVED_ON)
          .default("either")
          .describe(
            "What resolves the page of a verified rollback: an operator's acknowledgement, the end of its alerts, or either.",
          ),
      })
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
    templates: z
      .partialRecord(z.enum(MESSAGE_KINDS), z.string().superRefine(checkTemplate))
      .default({})
      .describe("The one line that messages begin with, by what they tell of, with {{placeholders}}."),
    stakeholders: z
      .strictObject({
        to: z
          .array(emailAddress())
          .default([])
          .describe("Who hears of incidents, hourly until they are over; nobody by default."),
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

/** What is misspelt would be found when production is on fire. */
function checkTemplate(text: string, context: z.RefinementCtx): void {
  for (const { message, placeholder } of templateProblems(text))
    context.addIssue({
      code: "custom",
      message: placeholder === null ? message : `${message}${didYouMean(placeholder, PLACEHOLDERS)}`,
    });
}
