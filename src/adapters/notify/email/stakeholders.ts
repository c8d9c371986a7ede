import { randomUUID } from "node:crypto";
import type { Incident } from "../../../app/notify/incident.ts";
import { type Delivery, DeliveryError, type Notifier } from "../../../app/notify/notifier.ts";
import type { Receipt } from "../../../app/outbox.ts";
import type { Clock } from "../../../app/ports.ts";
import type { Contact, NotificationPolicy } from "../../../domain/policy.ts";
import { subjectLine } from "./mail-subject.ts";
import type { Mailer } from "./mailer.ts";
import { idOf, messageIdOf, threadIdOf } from "./message-id.ts";
import {
  type Figure,
  type StakeholderMoment,
  type StakeholderNews,
  stakeholderMailOf,
  stakeholderMoment,
  stakeholderSubject,
  toldBefore,
} from "./stakeholder-mail.ts";
import { markedTest, sentTo } from "./test-mail.ts";

export interface StakeholdersOptions {
  /** Shared with whatever else sends mails: it has few connections. */
  readonly mailer: Pick<Mailer, "send" | "sender">;
  /** Who they are: the policy's `notifications.stakeholders.to`. */
  readonly stakeholdersOf: (application: string) => readonly string[];
  readonly contactsOf?: (application: string) => readonly Contact[];
  /** How often they hear, and when they get the report. */
  readonly paceOf: (
    application: string,
  ) => Pick<NotificationPolicy["stakeholders"], "every" | "reportWithin">;
  /** Error rate, p95 and health checks as they are now. Where it fails the mail goes out without. */
  readonly figuresOf?: (application: string, signal: AbortSignal) => Promise<readonly Figure[]>;
  readonly clock: Clock;
}

/** Mails to people who are no engineers. When one is due is for whoever calls it to say. */
export class Stakeholders implements Notifier {
  readonly channel = "stakeholders";
  readonly #options: StakeholdersOptions;

  constructor(options: StakeholdersOptions) {
    this.#options = options;
  }

  /** @returns `{told, lastAt}`, which it is to be given back; also where nobody is named, so that they are not due at once again */
  async deliver(delivery: Delivery, signal: AbortSignal): Promise<Receipt> {
    const { mailer, stakeholdersOf, clock } = this.#options;
    const { incident, receipt, attempt } = delivery;
    const { application, subject, status } = incident;
    const to = stakeholdersOf(application);
    const before = toldBefore(receipt);
    if (to.length > 0) {
      const news = await this.#newsOf(incident, stakeholderMoment(incident, receipt), before, signal);
      const kind = `stakeholders-${before.told + 1}`;
      await mailer.send(
        {
          to,
          subject: stakeholderSubject(incident, news),
          document: stakeholderMailOf(incident, news),
          messageId: messageIdOf(delivery, mailer.sender, kind),
          thread: threadIdOf(application, subject, mailer.sender, "stakeholders"),
          urgent: status === "failed",
          about: { application, subject },
          attempt,
        },
        signal,
      );
    }
    return { told: before.told + 1, lastAt: clock.now() };
  }

  async test(sample: Incident, signal: AbortSignal): Promise<string> {
    const { mailer, stakeholdersOf } = this.#options;
    const { application, subject } = sample;
    const to = stakeholdersOf(application);
    if (to.length === 0)
      throw new DeliveryError(
        "refused",
        "nobody is named: put addresses into the policy, notifications.stakeholders.to",
      );
    const news = await this.#newsOf(sample, "first", toldBefore(null), signal);
    const refused = await mailer.send(
      {
        to,
        subject: subjectLine(sample, "TEST of Rollguard's notifications to stakeholders"),
        document: markedTest(stakeholderMailOf(sample, news)),
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

  async #newsOf(
    { application }: Incident,
    moment: StakeholderMoment,
    before: Pick<StakeholderNews, "told" | "lastAt">,
    signal: AbortSignal,
  ): Promise<StakeholderNews> {
    const { figuresOf, contactsOf, paceOf, clock } = this.#options;
    const figures = (await figuresOf?.(application, signal).catch(() => [])) ?? [];
    const { every, reportWithin } = paceOf(application);
    const contacts = contactsOf?.(application) ?? [];
    return { moment, ...before, now: clock.now(), every, reportWithin, figures, contacts };
  }
}
