import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Incident } from "../../../app/notify/incident.ts";
import { type Delivery, DeliveryError, type Notifier } from "../../../app/notify/notifier.ts";
import type { Receipt } from "../../../app/outbox.ts";
import type { PageResolvedOn } from "../../../domain/policy.ts";
import type { Duration } from "../../../domain/time.ts";
import { cutText } from "../cut.ts";
import { failureOf } from "../http/failure-of.ts";
import { postJson } from "../http/post-json.ts";
import { Recent } from "../recent.ts";
import { pagerDutyEventsOf } from "./events-of.ts";
import { type PagerDutyEvent, triggerOf } from "./trigger-of.ts";

export interface PagerDutyOptions {
  /** The integration key of an Events API v2 integration. */
  readonly routingKey: (application: string) => string;
  readonly resolveOn: (application: string) => PageResolvedOn;
  /** What people call the service that the key belongs to; the application's name without. */
  readonly service?: (application: string) => string;
  /** Another one for accounts in Europe: `https://events.eu.pagerduty.com/v2/enqueue`. */
  readonly url?: string;
  /** Of each event. */
  readonly timeout?: Duration;
}

const EVENTS_API = "https://events.pagerduty.com/v2/enqueue";
const ADVICE = "look at PAGERDUTY_ROUTING_KEY, and PAGERDUTY_EVENTS_URL where it is set";
/** Characters of what it says of a mistake. */
const MAX_SAID = 300;

/** One PagerDuty incident for each subject, by a `dedup_key` that stays the same. */
export class PagerDuty implements Notifier {
  readonly channel = "pagerduty";
  readonly #options: PagerDutyOptions;
  readonly #url: URL;
  readonly #recent = new Recent();

  /** @throws Error when the address is none of http: or https: */
  constructor(options: PagerDutyOptions) {
    const { url = EVENTS_API } = options;
    if (!/^https?:/i.test(url) || !URL.canParse(url))
      throw new Error(
        "the address of PagerDuty is none: set PAGERDUTY_EVENTS_URL to one that begins with https://",
      );
    this.#options = options;
    this.#url = new URL(url);
  }

  async deliver(delivery: Delivery, signal: AbortSignal): Promise<Receipt> {
    const { id, messages, incident } = delivery;
    const { application } = incident;
    const { events, page } = pagerDutyEventsOf(delivery, { resolveOn: this.#options.resolveOn(application) });
    for (const [index, event] of events.entries()) {
      // A trigger behind its resolve would begin another incident.
      const key = `${id} ${messages.length} ${index} ${event.event_action} ${page.severity}`;
      if (this.#recent.has(key)) continue;
      await this.#send(application, event, signal);
      this.#recent.add(key);
    }
    return page;
  }

  /** It is resolved at once; `info` pages nobody where the service's urgency follows the severity. */
  async test(sample: Incident, signal: AbortSignal): Promise<string> {
    const { application } = sample;
    const incident = { ...sample, subject: `test-${randomUUID()}`, headline: `Test: ${sample.headline}` };
    const detail = "A test of Rollguard: nothing has happened.";
    const trigger = triggerOf(incident, { at: sample.startedAt, detail }, "info");
    await this.#send(application, trigger, signal);
    await this.#send(application, { event_action: "resolve", dedup_key: trigger.dedup_key }, signal);
    return `PagerDuty, service ${this.#options.service?.(application) ?? application}`;
  }

  async #send(application: string, event: PagerDutyEvent, signal: AbortSignal): Promise<void> {
    const { routingKey, timeout } = this.#options;
    const routing_key = routingKey(application);
    const answer = await postJson({
      name: "PagerDuty",
      url: this.#url,
      body: JSON.stringify({ routing_key, ...event }),
      signal,
      ...(timeout === undefined ? {} : { timeout }),
    });
    if (answer.code === 202) return;
    // Something else that answers everything with 200 is in its place: nobody would be called.
    if (answer.code >= 200 && answer.code < 300)
      throw new DeliveryError("refused", `PagerDuty answered ${answer.status} instead of 202; ${ADVICE}`);
    throw failureOf("PagerDuty", answer, saidIn(answer.body, routing_key), ADVICE);
  }
}

const errorSchema = z.object({
  message: z.string().default(""),
  // Other servers that speak the same API write a single one as text.
  errors: z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]),
});

/** What is wrong with an event, in its own words; empty where it does not say. */
function saidIn(body: string, routingKey: string): string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return "";
  }
  const { data } = errorSchema.safeParse(json);
  if (data === undefined) return "";
  const text = [data.message, data.errors.join(", ")].filter((part) => part !== "").join(": ");
  const clean = routingKey === "" ? text : text.replaceAll(routingKey, "<routing key>");
  return cutText(clean.replaceAll(/[\p{Cc}\s]+/gu, " ").trim(), MAX_SAID);
}
