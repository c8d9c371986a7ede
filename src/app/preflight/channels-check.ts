import type { NotificationPolicy } from "../../domain/policy.ts";
import type { LoadedConfiguration } from "../ports.ts";
import { fail, type PreflightCheck, pass, warn } from "./preflight-check.ts";

/** The ways to people that Rollguard has settings of its own for. */
export interface OwnChannels {
  readonly slack: boolean;
  readonly pagerduty: boolean;
  readonly email: boolean;
}

type Channel = keyof OwnChannels;

const CHANNELS: readonly Channel[] = ["slack", "pagerduty", "email"];

const SETTINGS: Readonly<Record<Channel, string>> = {
  slack: "SLACK_WEBHOOK_URL or SLACK_BOT_TOKEN",
  pagerduty: "PAGERDUTY_ROUTING_KEY",
  email: "SMTP_URL",
};

export interface ChannelContext {
  readonly own: OwnChannels;
  /** Null: it could not be had. */
  readonly alertmanager: LoadedConfiguration | null;
  /** Nobody deploys in production without anybody hearing of it. */
  readonly production: boolean;
}

/** People must hear of what happens on the ways that the policy names, from Rollguard or from Alertmanager. */
export function checkChannels(
  { routes }: NotificationPolicy,
  { own, alertmanager, production }: ChannelContext,
): PreflightCheck {
  const wanted = CHANNELS.filter((channel) => routes.some((route) => isUsed(route[channel])));
  const told = new Set(alertmanager?.receivers.flatMap(({ integrations }) => integrations));
  const missing = wanted.filter((channel) => !own[channel] && !told.has(`${channel}_configs`));
  const verdict = production ? fail : warn;
  if (wanted.length === 0) {
    return verdict(
      "notifications",
      "the policy names no way to people: nobody hears of a rollback",
      "say in the policy's `notifications.routes` who hears of what",
    );
  }
  if (missing.length === 0) return pass("notifications", `${wanted.join(", ")} configured`);
  const unseen = alertmanager === null ? "; what Alertmanager has could not be seen" : "";
  const settings = missing.map((channel) => `${SETTINGS[channel]} for ${channel}`).join(", ");
  const receivers = missing.map((channel) => `${channel}_configs`).join(", ");
  const fix = `set ${settings}; or give Alertmanager a receiver with ${receivers}`;
  if (missing.length === wanted.length)
    return verdict("notifications", `none of ${wanted.join(", ")} is configured${unseen}`, fix);
  return warn("notifications", `${missing.join(", ")} not configured${unseen}`, fix);
}

/** A route says yes or no to Slack, and `no` or how to the others. */
function isUsed(value: boolean | string): boolean {
  return value !== false && value !== "no";
}
