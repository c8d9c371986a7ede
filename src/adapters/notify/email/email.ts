import { randomUUID } from "node:crypto";
import type { DailySummary } from "../../../app/notify/daily-summary.ts";
import type { Incident } from "../../../app/notify/incident.ts";
import { type Delivery, DeliveryError, type Notifier } from "../../../app/notify/notifier.ts";
import type { Receipt } from "../../../app/outbox.ts";
import type { Contact } from "../../../domain/policy.ts";
import { dailySummaryMail } from "./daily-summary-mail.ts";
import { incidentMail } from "./incident-mail.ts";
import { isWorse, mailSubject, subjectLine } from "./mail-subject.ts";
import type { Mailer } from "./mailer.ts";
import { idOf, messageIdOf, threadIdOf } from "./message-id.ts";
import { markedTest, sentTo } from "./test-mail.ts";

export interface EmailOptions {
  /** Shared with whatever else sends mails: it has few connections. */
  readonly mailer: Pick<Mailer, "send" | "sender">;
  /** The policy's `notifications.email.to`. */
  readonly recipientsOf: (application: string) => readonly string[];
  readonly contactsOf?: (application: string) => readonly Contact[];
}

/** Mails to the people who look after an application: one for each delivery, all of an incident in one conversation. */
export class Email implements Notifier {
  readonly channel = "email";
  readonly #options: EmailOptions;

  constructor(options: EmailOptions) {
    this.#options = options;
  }

  /** Where the policy names nobody there is nothing to do. */
  async deliver(delivery: Delivery, signal: AbortSignal): Promise<Receipt | null> {
    const { mailer, recipientsOf } = this.#options;
    const { incident, messages, receipt, attempt } = delivery;
    const { application, subject, status } = incident;
    const to = recipientsOf(application);
    if (to.length === 0) return null;
    const own = mailSubject(incident, messages[0]);
    const line = typeof receipt?.subject === "string" && !isWorse(incident) ? receipt.subject : own;
    const refused = await mailer.send(
      {
        to,
        subject: line,
        document: incidentMail(incident, this.#contactsOf(application)),
        messageId: messageIdOf(delivery, mailer.sender, "email"),
        thread: threadIdOf(application, subject, mailer.sender, "email"),
        urgent: status === "failed" || status === "unverified" || messages.some(({ page }) => page),
        about: { application, subject },
        attempt,
      },
      signal,
    );
    return { subject: line, refused: refused.length };
  }

  async test(sample: Incident, signal: AbortSignal): Promise<string> {
    const { mailer, recipientsOf } = this.#options;
    const { application, subject } = sample;
    const to = recipientsOf(application);
    if (to.length === 0)
      throw new DeliveryError(
        "refused",
        "nobody is named: put addresses into the policy, notifications.email.to",
      );
    const refused = await mailer.send(
      {
        to,
        subject: subjectLine(sample, "TEST of Rollguard's notifications"),
        document: markedTest(incidentMail(sample, this.#contactsOf(application))),
        messageId: idOf(["test", application, randomUUID()], mailer.sender),
        thread: null,
        urgent: false,
        about: { application, subject },
        attempt: Number.POSITIVE_INFINITY,
      },
      signal,
    );
    return sentTo(to, refused);
  }

  /**
   * Sends the daily summary, to the same people.
   * @param id the same whenever it is tried again, such as `genesis/2026-11-21`
   * @throws DeliveryError
   */
  async sendSummary(
    application: string,
    summary: DailySummary,
    id: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { mailer, recipientsOf } = this.#options;
    const to = recipientsOf(application);
    if (to.length === 0) return;
    const { status, day, title } = summary;
    await mailer.send(
      {
        to,
        subject: subjectLine({ title }, `Daily summary of ${day}: ${status}`),
        document: dailySummaryMail(summary, this.#contactsOf(application)),
        messageId: idOf(["summary", id], mailer.sender),
        thread: null,
        urgent: false,
        about: { application, subject: "daily-summary" },
        attempt: Number.POSITIVE_INFINITY,
      },
      signal,
    );
  }

  #contactsOf(application: string): readonly Contact[] {
    return this.#options.contactsOf?.(application) ?? [];
  }
}
