import type { Incident } from "../../../app/notify/incident.ts";
import type { Delivery, Notifier } from "../../../app/notify/notifier.ts";
import type { Receipt } from "../../../app/outbox.ts";
import type { Message } from "../../../domain/message.ts";
import { Conversations } from "./conversations.ts";
import { markedSample } from "./marked-sample.ts";
import { post } from "./posting.ts";
import { connectSlack, type SlackConnection } from "./slack-api.ts";
import { deliveryErrorOf } from "./slack-failure.ts";
import { tellIncident } from "./told-incident.ts";
import { UnfinishedDeliveries } from "./unfinished-deliveries.ts";

export interface SlackBotOptions extends SlackConnection {
  /**
   * The channel that hears of alerts, such as `#genesis-alerts`.
   * @param message one of the incident, whose route may name a channel; null: of a sample
   */
  readonly alertsChannelOf: (incident: Incident, message: Message | null) => string;
  /**
   * The channel that a serious incident has for itself (`incidentChannelName`). It is opened where the token allows it.
   * @returns null: none
   */
  readonly incidentChannelOf: (incident: Incident) => string | null;
}

/**
 * Tells by an app of the workspace: an incident is one message, which is written anew as the incident moves; what happens
 * is told in its thread.
 */
export class SlackBot implements Notifier {
  readonly channel = "slack";
  readonly #options: SlackBotOptions;
  readonly #conversations = new Conversations();
  readonly #unfinished = new UnfinishedDeliveries();

  constructor(options: SlackBotOptions) {
    this.#options = options;
  }

  async deliver(delivery: Delivery, signal: AbortSignal): Promise<Receipt> {
    const { incident, messages } = delivery;
    const receipt = await this.#told(() =>
      tellIncident({
        api: connectSlack(this.#options, signal),
        conversations: this.#conversations,
        delivery,
        progress: this.#unfinished.of(delivery),
        alerts: this.#options.alertsChannelOf(incident, messages[0]),
        routed: messages.map((message) => this.#options.alertsChannelOf(incident, message)),
        incidentChannel: this.#options.incidentChannelOf(incident),
      }),
    );
    this.#unfinished.finished(delivery);
    return receipt;
  }

  async test(sample: Incident, signal: AbortSignal): Promise<string> {
    const name = this.#options.alertsChannelOf(sample, null);
    const api = connectSlack(this.#options, signal);
    await this.#told(() => post(api, this.#conversations, { channel: name, name }, markedSample(sample)));
    return `Slack, ${name}`;
  }

  async #told<T>(tell: () => Promise<T>): Promise<T> {
    return tell().catch((error: unknown) => {
      throw deliveryErrorOf(error);
    });
  }
}
