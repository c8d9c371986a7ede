import { withBreaker } from "../adapters/notify/breaker.ts";
import type { Email } from "../adapters/notify/email/email.ts";
import { PagerDuty } from "../adapters/notify/pagerduty/pager-duty.ts";
import { SlackWebhook } from "../adapters/notify/slack/slack-webhook.ts";
import { Webhook } from "../adapters/notify/webhook/webhook.ts";
import type { Notifier } from "../app/notify/notifier.ts";
import type { NotificationSettings, SlackSettings } from "../config/notification-settings.ts";
import type { Channel } from "../domain/message.ts";
import type { NotificationPolicy } from "../domain/policy.ts";
import { composeMail } from "./mail.ts";
import type { NotifierOptions } from "./notifier-options.ts";

export interface ComposedNotifiers {
  readonly notifiers: ReadonlyMap<Channel, Notifier>;
  /** For what is mailed once a day; null: there is no server for mails. */
  readonly email: Email | null;
  /** Gives up what is kept open. */
  close(): void;
}

/** Every way to people that the settings name. */
export async function composeNotifiers(options: NotifierOptions): Promise<ComposedNotifiers> {
  const { settings, policies, reports } = options;
  const { slack, pagerduty, webhook } = settings.notifications;
  const of: PolicyOf = (application) => policies.get(application)?.notifications;
  const mail = await composeMail(options);
  const services: readonly (Notifier | null)[] = [
    slack === null ? null : await slackOf(slack, of),
    pagerduty === null ? null : pagerDutyOf(pagerduty, of),
    webhook === null ? null : new Webhook({ ...webhook, externalUrl: settings.externalUrl }),
    ...mail.notifiers,
    reports,
  ];
  const found = services.filter((one) => one !== null);
  return {
    notifiers: new Map(found.map((one) => [one.channel, withBreaker(one)])),
    email: mail.email,
    close: mail.close,
  };
}

type PolicyOf = (application: string) => NotificationPolicy | undefined;

/** The library of the bot takes a while to load: whoever does not use it need not wait for it. */
async function slackOf(slack: SlackSettings, of: PolicyOf): Promise<Notifier> {
  if (slack.kind === "webhook") return new SlackWebhook({ url: slack.url });
  const { SlackBot } = await import("../adapters/notify/slack/slack-bot.ts");
  const { incidentChannelName } = await import("../adapters/notify/slack/incident-channel.ts");
  const { token, apiUrl } = slack;
  return new SlackBot({
    token,
    ...(apiUrl === null ? {} : { apiUrl }),
    alertsChannelOf: ({ application }, message) =>
      message?.slackChannel ?? of(application)?.slack.channel ?? `#${application}-alerts`,
    incidentChannelOf: ({ application, startedAt }) => {
      const policy = of(application);
      if (policy === undefined) return null;
      return incidentChannelName(policy.slack.incidentChannel, startedAt, policy.timeZone);
    },
  });
}

function pagerDutyOf(
  { routingKey, url }: NonNullable<NotificationSettings["pagerduty"]>,
  of: PolicyOf,
): Notifier {
  return new PagerDuty({
    routingKey: () => routingKey,
    resolveOn: (application) => of(application)?.pagerduty.resolveOn ?? "either",
    service: (application) => of(application)?.pagerduty.service ?? application,
    ...(url === null ? {} : { url }),
  });
}
