import type { Email } from "../adapters/notify/email/email.ts";
import { figuresNow } from "../app/notify/figures.ts";
import type { Notifier } from "../app/notify/notifier.ts";
import type { Duration } from "../domain/time.ts";
import type { NotifierOptions } from "./notifier-options.ts";

export interface ComposedMail {
  readonly notifiers: readonly Notifier[];
  /** Null: there is no server for it. */
  readonly email: Email | null;
  close(): void;
}

const DAY: Duration = 24 * 3_600_000;

/** Mails, where there is a server for them: its library is loaded only then. */
export async function composeMail(options: NotifierOptions): Promise<ComposedMail> {
  const { settings, policies, metrics, clock, logger } = options;
  const smtpUrl = settings.notifications.smtp;
  if (smtpUrl === null) return { notifiers: [], email: null, close: () => undefined };
  const { Mailer } = await import("../adapters/notify/email/mailer.ts");
  const { Email } = await import("../adapters/notify/email/email.ts");
  const { Stakeholders } = await import("../adapters/notify/email/stakeholders.ts");
  const of = (application: string) => policies.get(application);
  const mailer = new Mailer({
    smtpUrl,
    onRefused: (addresses) => logger.warn({ addresses }, "the mail server refuses these recipients"),
  });
  const contactsOf = (application: string) => of(application)?.contacts ?? [];
  const email = new Email({
    mailer,
    recipientsOf: (application) => of(application)?.notifications.email.to ?? [],
    contactsOf,
  });
  const stakeholders = new Stakeholders({
    mailer,
    stakeholdersOf: (application) => of(application)?.notifications.stakeholders.to ?? [],
    contactsOf,
    paceOf: (application) => of(application)?.notifications.stakeholders ?? { every: DAY, reportWithin: DAY },
    figuresOf: async (application) => {
      const policy = of(application);
      return policy === undefined ? [] : await figuresNow(metrics, policy);
    },
    clock,
  });
  return { notifiers: [email, stakeholders], email, close: () => mailer.close() };
}
