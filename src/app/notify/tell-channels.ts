import type { Channel } from "../../domain/message.ts";
import type { NotificationRoute, Policy } from "../../domain/policy.ts";
import type { Logger } from "../ports.ts";

const SETTINGS = {
  slack: "SLACK_BOT_TOKEN or SLACK_WEBHOOK_URL",
  pagerduty: "PAGERDUTY_ROUTING_KEY",
  email: "SMTP_URL",
} as const;

type Wanted = keyof typeof SETTINGS;

/** At the start: by which ways people are told, and which of those that the policies name there are not. */
export function tellChannels(
  policies: readonly Policy[],
  configured: ReadonlySet<Channel>,
  logger: Pick<Logger, "info" | "warn">,
): void {
  logger.info({ channels: [...configured] }, "people are told over these channels");
  for (const { application, notifications } of policies) {
    const missing = (Object.keys(SETTINGS) as Wanted[]).filter(
      (channel) => !configured.has(channel) && notifications.routes.some((route) => uses(route, channel)),
    );
    if (missing.length === 0) continue;
    const settings = missing.map((channel) => `${channel}: ${SETTINGS[channel]}`).join("; ");
    const alone = notifications.rollbacksToldBy === "rollguard";
    logger[alone ? "warn" : "info"](
      { application: application.name, missing },
      `the policy names channels that Rollguard has no settings for (${settings}): ${
        alone ? "nobody hears of rollbacks there" : "there only Alertmanager tells people, of its alerts"
      }`,
    );
  }
}

function uses(route: NotificationRoute, channel: Wanted): boolean {
  const way = route[channel];
  return way !== false && way !== "no";
}
