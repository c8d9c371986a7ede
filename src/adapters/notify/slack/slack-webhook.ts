import type { Incident } from "../../../app/notify/incident.ts";
import { type Delivery, DeliveryError, type Notifier } from "../../../app/notify/notifier.ts";
import type { Receipt } from "../../../app/outbox.ts";
import type { Duration } from "../../../domain/time.ts";
import { cardOf } from "./card.ts";
import { markedSample } from "./marked-sample.ts";
import { answeredBadly } from "./slack-api.ts";
import type { SlackMessage } from "./slack-blocks.ts";
import { codeIn, rateLimited, unreachable } from "./slack-failure.ts";
import { stepBlocksOfCard, stepsOf } from "./told-steps.ts";

export interface SlackWebhookOptions {
  /** `https://hooks.slack.com/services/…`: whoever knows it may post. */
  readonly url: string;
  /** Of each attempt. */
  readonly timeout?: Duration | undefined;
}

const TIMEOUT: Duration = 10_000;

const REJECTED = "create a new incoming webhook, and set SLACK_WEBHOOK_URL to it";

/** Tells by an incoming webhook, which can only add messages: one for the incident, and one for each thing that matters. */
export class SlackWebhook implements Notifier {
  readonly channel = "slack";
  readonly #url: string;
  readonly #timeout: Duration;

  /** @throws Error when the address is none; it does not tell the address */
  constructor({ url, timeout = TIMEOUT }: SlackWebhookOptions) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new Error("SLACK_WEBHOOK_URL is no URL: copy the one that Slack shows for the incoming webhook");
    this.#url = url;
    this.#timeout = timeout;
  }

  async deliver({ incident, messages }: Delivery, signal: AbortSignal): Promise<Receipt> {
    await this.#post(cardOf(incident, stepBlocksOfCard(stepsOf(incident, messages))), signal);
    return { told: true };
  }

  async test(sample: Incident, signal: AbortSignal): Promise<string> {
    await this.#post(markedSample(sample), signal);
    return "Slack, the channel of the incoming webhook";
  }

  async #post(message: SlackMessage, signal: AbortSignal): Promise<void> {
    const answer = await this.#send(message, signal);
    // People must learn of it also where Slack does not like how it is laid out.
    const isLaidOutBadly = answer.status === 400 && /^invalid_blocks|^invalid_payload/.test(answer.said);
    const { status, said, retryAfter } = isLaidOutBadly
      ? await this.#send({ text: message.text }, signal)
      : answer;
    const code = codeIn(said);
    if (status === 429) throw rateLimited(retryAfter);
    if (status === 200) {
      if (said.trim() === "ok") return;
      throw new DeliveryError("unavailable", "Slack answered something unknown on the incoming webhook");
    }
    if (status >= 500 || code === null) throw answeredBadly(status);
    throw new DeliveryError("refused", refusalOf(code, status));
  }

  async #send(body: Partial<SlackMessage>, signal: AbortSignal) {
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify(body),
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeout)]),
      });
      const retryAfter = response.headers.get("retry-after");
      return { status: response.status, said: await response.text(), retryAfter };
    } catch (error) {
      throw unreachable(error, signal);
    }
  }
}

function refusalOf(code: string, status: number): string {
  switch (code) {
    case "channel_is_archived":
      return `the channel of the Slack incoming webhook is archived: unarchive it, or ${REJECTED}`;
    case "channel_not_found":
      return `the channel of the Slack incoming webhook is gone: ${REJECTED}`;
    case "action_prohibited":
      return `Slack does not let the incoming webhook post (${code}): ask who administers the workspace`;
    default:
      return status === 401 || status === 403 || status === 404 || status === 410
        ? `Slack does not accept the incoming webhook (${code}): ${REJECTED}`
        : `Slack refuses the message: ${code}`;
  }
}
