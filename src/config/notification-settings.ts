import { parseSmtpUrl } from "../adapters/notify/email/smtp-url.ts";
import { signerOf } from "../adapters/notify/webhook/signer-of.ts";
import type { SettingSource } from "./setting-source.ts";

/** How Rollguard reaches people; each null where it is not set. All of it is secret. */
export interface NotificationSettings {
  readonly slack: SlackSettings | null;
  readonly pagerduty: { readonly routingKey: string; readonly url: string | null } | null;
  /** `smtp[s]://[user:password@]host[:port][?from=address]` */
  readonly smtp: string | null;
  readonly webhook: { readonly url: string; readonly secret: string | null } | null;
}

/** A bot's token can do more than an incoming webhook: where both are set, it is used. */
export type SlackSettings =
  | { readonly kind: "bot"; readonly token: string; readonly apiUrl: string | null }
  | { readonly kind: "webhook"; readonly url: string };

type Report = (problem: string) => undefined;

/** Those of them that are named as ours, for who misspells one. */
export const NOTIFICATION_SETTINGS = [
  "ROLLGUARD_NOTIFY_WEBHOOK_URL",
  "ROLLGUARD_NOTIFY_WEBHOOK_URL_FILE",
  "ROLLGUARD_NOTIFY_WEBHOOK_SECRET",
  "ROLLGUARD_NOTIFY_WEBHOOK_SECRET_FILE",
] as const;

/** What is wrong is told without what was written: it is secret. */
export function readNotifications(source: SettingSource, report: Report): NotificationSettings {
  return {
    slack: readSlack(source, report),
    pagerduty: readPagerDuty(source, report),
    smtp: readSmtp(source, report),
    webhook: readWebhook(source, report),
  };
}

function readSlack(source: SettingSource, report: Report): SlackSettings | null {
  const token = source.secret("SLACK_BOT_TOKEN");
  const url = source.secret("SLACK_WEBHOOK_URL");
  if (token !== undefined && !/^xox[a-z]-[!-~]+$/.test(token))
    report("SLACK_BOT_TOKEN: expected a bot's token, which begins with xoxb-");
  if (url !== undefined) checkUrl("SLACK_WEBHOOK_URL", url, report);
  const apiUrl = source.text("SLACK_API_URL") ?? null;
  if (apiUrl !== null) checkUrl("SLACK_API_URL", apiUrl, report);
  if (token !== undefined) return { kind: "bot", token, apiUrl };
  return url === undefined ? null : { kind: "webhook", url };
}

function readPagerDuty(source: SettingSource, report: Report): NotificationSettings["pagerduty"] {
  const routingKey = source.secret("PAGERDUTY_ROUTING_KEY");
  const url = source.text("PAGERDUTY_EVENTS_URL") ?? null;
  if (url !== null) checkUrl("PAGERDUTY_EVENTS_URL", url, report);
  if (routingKey === undefined) return null;
  if (!/^[A-Za-z0-9]{20,64}$/.test(routingKey))
    report(
      "PAGERDUTY_ROUTING_KEY: expected the integration key of an Events API v2 integration, of 32 letters and digits",
    );
  return { routingKey, url };
}

function readSmtp(source: SettingSource, report: Report): string | null {
  const url = source.secret("SMTP_URL");
  if (url === undefined) return null;
  try {
    parseSmtpUrl(url);
  } catch (error) {
    report(`SMTP_URL: ${(error as Error).message}`);
  }
  return url;
}

function readWebhook(source: SettingSource, report: Report): NotificationSettings["webhook"] {
  const url = source.secret("ROLLGUARD_NOTIFY_WEBHOOK_URL");
  const secret = source.secret("ROLLGUARD_NOTIFY_WEBHOOK_SECRET") ?? null;
  if (url === undefined) {
    if (secret !== null)
      report("ROLLGUARD_NOTIFY_WEBHOOK_SECRET: set ROLLGUARD_NOTIFY_WEBHOOK_URL too, or neither");
    return null;
  }
  checkUrl("ROLLGUARD_NOTIFY_WEBHOOK_URL", url, report);
  try {
    if (secret !== null) signerOf(secret);
  } catch (error) {
    report((error as Error).message);
  }
  return { url, secret };
}

/** Unencrypted only to this machine: what is sent and what is in the address must not be read on the way. */
function checkUrl(name: string, text: string, report: Report): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol))
    report(`${name}: expected an address such as https://…`);
  else if (url.protocol === "http:" && name !== "ROLLGUARD_NOTIFY_WEBHOOK_URL" && !isLoopback(url.hostname))
    report(`${name}: expected https://: a secret would be sent for everybody on the way to read`);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}
