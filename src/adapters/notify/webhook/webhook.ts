import { randomUUID } from "node:crypto";
import type { Incident } from "../../../app/notify/incident.ts";
import type { Delivery, Notifier } from "../../../app/notify/notifier.ts";
import type { Duration, Instant } from "../../../domain/time.ts";
import { failureOf } from "../http/failure-of.ts";
import { postJson } from "../http/post-json.ts";
import { Recent } from "../recent.ts";
import { type CloudEvent, cloudEventOf, testEventOf } from "./event-of.ts";
import { type Sign, signerOf } from "./signer-of.ts";

export interface WebhookOptions {
  /** All of it may be secret but its host. A user and a password in it are sent as Basic authorization. */
  readonly url: string;
  /** `whsec_…` as Standard Webhooks writes it, or any text; null: nothing is signed. */
  readonly secret: string | null;
  /** Where people reach this Rollguard; null: not known. */
  readonly externalUrl: string | null;
  /** Of each event. */
  readonly timeout?: Duration;
  readonly now?: () => Instant;
}

const CONTENT_TYPE = "application/cloudevents+json; charset=utf-8";
const ADVICE = "look at ROLLGUARD_NOTIFY_WEBHOOK_URL, and at what its receiver logs";
const GONE = "its receiver wants no more: take ROLLGUARD_NOTIFY_WEBHOOK_URL away, or set the new address";

/** A CloudEvent for each message, to whatever takes them. */
export class Webhook implements Notifier {
  readonly channel = "webhook";
  readonly #options: WebhookOptions;
  readonly #url: URL;
  readonly #sign: Sign | null;
  readonly #recent = new Recent();

  /** @throws Error when the address or the secret is none; without what was written */
  constructor(options: WebhookOptions) {
    const { url, secret } = options;
    if (!/^https?:/i.test(url) || !URL.canParse(url))
      throw new Error("ROLLGUARD_NOTIFY_WEBHOOK_URL is no address: it begins with https:// or http://");
    this.#options = options;
    this.#url = new URL(url);
    this.#sign = secret === null ? null : signerOf(secret);
  }

  /** What was taken already is left out when it is tried again; where that is not known any more, its id is the same. */
  async deliver({ messages, incident }: Delivery, signal: AbortSignal): Promise<null> {
    for (const message of messages) {
      const event = cloudEventOf(message, incident, this.#options.externalUrl);
      if (this.#recent.has(event.id)) continue;
      await this.#post(event, signal);
      this.#recent.add(event.id);
    }
    return null;
  }

  async test(sample: Incident, signal: AbortSignal): Promise<string> {
    const id = `msg_${randomUUID().replaceAll("-", "")}`;
    await this.#post(testEventOf(id, sample, this.#options.externalUrl), signal);
    return `the webhook at ${this.#url.host}, ${this.#sign === null ? "not signed" : "signed"}`;
  }

  async #post(event: CloudEvent, signal: AbortSignal): Promise<void> {
    const { timeout, now = Date.now } = this.#options;
    const body = JSON.stringify(event);
    const answer = await postJson({
      name: "the webhook",
      url: this.#url,
      body,
      contentType: CONTENT_TYPE,
      headers: this.#sign?.(event.id, now(), body) ?? {},
      signal,
      ...(timeout === undefined ? {} : { timeout }),
    });
    if (answer.code >= 200 && answer.code < 300) return;
    // What it says is left out: many a server repeats the address, and what is secret in it.
    throw failureOf("the webhook", answer, "", answer.code === 410 ? GONE : ADVICE);
  }
}
