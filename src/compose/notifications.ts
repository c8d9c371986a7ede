import { withBreaker } from "../adapters/notify/breaker.ts";
import { PagerDuty } from "../adapters/notify/pagerduty/pager-duty.ts";
import { incidentChannelName } from "../adapters/notify/slack/incident-channel.ts";
import { SlackBot } from "../adapters/notify/slack/slack-bot.ts";
import { SlackWebhook } from "../adapters/notify/slack/slack-webhook.ts";
import { Webhook } from "../adapters/notify/webhook/webhook.ts";
import type { Incident } from "../app/notify/incident.ts";
import type { Notifier } from "../app/notify/notifier.ts";
import type { Policies } from "../app/policies.ts";
import type { NotificationSettings, SlackSettings } from "../config/notification-settings.ts";
import type { Settings } from "../config/settings.ts";
import type { Channel, Message } from "../domain/message.ts";
import type { NotificationPolicy } from "../domain/policy.ts";

export interface NotifierOptions {
  readonly settings: Pick<Settings, "notifications" | "externalUrl" | "reports">;
  readonly policies: Pick<Policies, "get">;
}

export interface Notifiers {
  readonly notifiers: ReadonlyMap<Channel, Notifier>;
  /** Gives up what is kept open. */
  close(): Promise<void>;
}

/** Every way to people that the settings name. */
export function notifiersOf({ settings, policies }: NotifierOptions): Notifiers {
  const { slack, pagerduty, webhook } = settings.notifications;
  const of = (application: string): NotificationPolicy | undefined =>
    policies.get(application)?.notifications;
  const services: readonly (Notifier | null)[] = [
    slack === null ? null : slackOf(slack, of),
    pagerduty === null ? null : pagerDutyOf(pagerduty, of),
    webhook === null ? null : new Webhook({ ...webhook, externalUrl: settings.externalUrl }),
  ];
  const found = services.filter((one) => one !== null);
  return {
    notifiers: new Map(found.map((one) => [one.channel, withBreaker(one)])),
    close: async () => undefined,
  };
}

type PolicyOf = (application: string) => NotificationPolicy | undefined;

function slackOf(slack: SlackSettings, of: PolicyOf): Notifier {
  if (slack.kind === "webhook") return new SlackWebhook({ url: slack.url });
  const { token, apiUrl } = slack;
  const channelOf = ({ application }: Incident, message: Message | null): string =>
    message?.slackChannel ?? of(application)?.slack.channel ?? `#${application}-alerts`;
  return new SlackBot({
    token,
    ...(apiUrl === null ? {} : { apiUrl }),
    alertsChannelOf: channelOf,
    incidentChannelOf: (incident) => {
      const policy = of(incident.application);
      if (policy === undefined) return null;
      return incidentChannelName(policy.slack.incidentChannel, incident.startedAt, policy.timeZone);
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
