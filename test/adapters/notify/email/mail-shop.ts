import { Email } from "../../../../src/adapters/notify/email/email.ts";
import { Mailer, type MailerOptions } from "../../../../src/adapters/notify/email/mailer.ts";
import {
  type SmtpServerOptions,
  type SmtpTestServer,
  startSmtpServer,
} from "../../../support/smtp-server.ts";
import { Stopper } from "../../../support/stopper.ts";
import { CONTACTS } from "./sample-summary.ts";

export const ADA = "ada@example.org";
export const BOB = "bob@example.org";

/** Stop it after each test. */
export const stopper = new Stopper();

/** A mail server, and what sends to ada and bob over it. */
export async function mailShop(
  server: SmtpServerOptions = {},
  { smtpUrl, ...more }: Partial<MailerOptions> = {},
): Promise<{ server: SmtpTestServer; mailer: Mailer; email: Email; refused: string[] }> {
  const smtp = await stopper.start(startSmtpServer(server));
  const refused: string[] = [];
  const onRefused = (addresses: readonly string[]): void => void refused.push(...addresses);
  const mailer = new Mailer({ smtpUrl: smtpUrl ?? smtp.url, onRefused, ...more });
  stopper.add(async () => mailer.close());
  return { server: smtp, mailer, email: emailTo([ADA, BOB], mailer), refused };
}

export function emailTo(to: readonly string[], mailer: Mailer): Email {
  return new Email({ mailer, recipientsOf: () => to, contactsOf: () => CONTACTS });
}
