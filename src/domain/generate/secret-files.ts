/** Where Alertmanager finds its secrets: none is in a generated file. Containers mount them here. */
export const SECRET_FILES = {
  /** The token that Rollguard asks of its webhook: `ROLLGUARD_WEBHOOK_TOKEN`. */
  rollguard: "/run/secrets/rollguard_webhook_token",
  /** The URL of Slack's incoming webhook: `SLACK_WEBHOOK_URL`. */
  slack: "/run/secrets/slack_webhook_url",
  /** The integration key of PagerDuty's Events API v2: `PAGERDUTY_ROUTING_KEY`. */
  pagerduty: "/run/secrets/pagerduty_routing_key",
  /** The password of the user `rollguard` at the mail server. */
  smtp: "/run/secrets/smtp_password",
} as const;
