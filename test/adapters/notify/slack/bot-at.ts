import { incidentChannelName } from "../../../../src/adapters/notify/slack/incident-channel.ts";
import { SlackBot, type SlackBotOptions } from "../../../../src/adapters/notify/slack/slack-bot.ts";
import { DeliveryError } from "../../../../src/app/notify/notifier.ts";
import type { SlackServer } from "../../../support/slack-server.ts";

export const NEVER = new AbortController().signal;

/** The bot as Genesis has it; another one is another process. */
export function botAt(
  server: Pick<SlackServer, "apiUrl" | "workspace">,
  over: Partial<SlackBotOptions> = {},
): SlackBot {
  return new SlackBot({
    token: server.workspace.token,
    apiUrl: server.apiUrl,
    alertsChannelOf: (_incident, message) => message?.slackChannel ?? "#genesis-alerts",
    incidentChannelOf: ({ startedAt }) => incidentChannelName("#incident-YYYY-MM-DD", startedAt, "UTC"),
    ...over,
  });
}

/** The DeliveryError that something fails with. */
export async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (error instanceof DeliveryError) return error;
  throw error;
}
