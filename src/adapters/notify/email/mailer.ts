import { createTransport } from "nodemailer";
import { z } from "zod";
import { DeliveryError } from "../../../app/notify/notifier.ts";
import type { Duration } from "../../../domain/time.ts";
import { Recent } from "../recent.ts";
import type { MailDocument } from "./mail-document.ts";
import { mailHtml } from "./mail-html.ts";
import { mailText } from "./mail-text.ts";
import { oneLine } from "./one-line.ts";
import { deliveryErrorOf, failureIn } from "./smtp-failure.ts";
import { parseSmtpUrl, type SmtpAddress } from "./smtp-url.ts";

export interface MailerOptions {
  /** As `parseSmtpUrl` reads it. */
  readonly smtpUrl: string;
  /** Is told of addresses that the server refuses while it takes the mail for others. */
  readonly onRefused?: (addresses: readonly string[]) => void;
  /** Milliseconds that the server may take to answer, each time. */
  readonly timeout?: Duration;
  /** Authorities to trust instead of the usual ones, as PEM. */
  readonly ca?: string;
}

export interface OutgoingMail {
  readonly to: readonly string[];
  /** On one line. */
  readonly subject: string;
  readonly document: MailDocument;
  /** With its angle brackets. */
  readonly messageId: string;
  /** Of what it belongs to, likewise; null: it stands for itself. */
  readonly thread: string | null;
  readonly urgent: boolean;
  /** Become `X-Rollguard-Application`, `X-Rollguard-Subject`. */
  readonly about: { readonly application: string; readonly subject: string };
  /** How often it was tried, this time included. */
  readonly attempt: number;
}

const TIMEOUT: Duration = 15_000;
const MAX_CONNECTIONS = 2;
/** No longer than servers keep one open. */
const IDLE: Duration = 30_000;
const MAX_HEADER = 200;
/** So often the others wait for what a server puts off for some: it is longer than greylisting takes. */
const PATIENT_ATTEMPTS = 10;

/** Sends mails over a few connections that stay open for a while. */
export class Mailer {
  readonly #address: SmtpAddress;
  readonly #onRefused: (addresses: readonly string[]) => void;
  readonly #transport: ReturnType<typeof transportTo>;
  /** Who has got which mail, or never will. */
  readonly #settled = new Recent();

  /** @throws Error for a URL that `parseSmtpUrl` refuses */
  constructor(options: MailerOptions) {
    this.#address = parseSmtpUrl(options.smtpUrl);
    this.#onRefused = options.onRefused ?? (() => {});
    this.#transport = transportTo(this.#address, options);
  }

  /** The address that mails are from. */
  get sender(): string {
    return this.#address.from;
  }

  /**
   * Sends one mail to all, as far as they have not got it already: those whom the server puts off get it next time.
   * @returns those whom the server refuses, none of which is tried again
   * @throws DeliveryError where nobody gets it, or some are put off
   */
  async send(mail: OutgoingMail, signal: AbortSignal): Promise<readonly string[]> {
    const keyOf = (address: string): string => `${mail.messageId} ${address}`;
    const left = mail.to.filter((address) => !this.#settled.has(keyOf(address)));
    if (left.length === 0) return [];
    const to = left.filter(isAddress);
    if (to.length === 0)
      throw new DeliveryError(
        "refused",
        "none of the recipients is an e-mail address: correct the addresses in the policy, under notifications",
      );
    const sent = await this.#sendTo(to, mail, signal);
    const refused = [...left.filter((address) => !isAddress(address)), ...sent.refused];
    // Addresses come back with their domain in lower case.
    const deferred = left.filter((address) => sent.deferred.includes(address.toLowerCase()));
    const isPatient = deferred.length > 0 && mail.attempt < PATIENT_ATTEMPTS;
    for (const address of left)
      if (!isPatient || !deferred.includes(address)) this.#settled.add(keyOf(address));
    if (refused.length > 0) this.#onRefused(refused);
    if (!isPatient) {
      if (deferred.length > 0) this.#onRefused(deferred);
      return [...refused, ...deferred];
    }
    throw new DeliveryError(
      "unavailable",
      `the mail server puts off ${deferred.length} of ${mail.to.length} recipients; the others have the mail`,
    );
  }

  /** Ends every connection; what is under way is cut off. */
  close(): void {
    this.#transport.close({ force: true });
  }

  async #sendTo(to: readonly string[], mail: OutgoingMail, signal: AbortSignal): Promise<Rejected> {
    const { subject, document, messageId, thread, urgent, about } = mail;
    try {
      const sent = await this.#transport.sendMail({
        from: { name: "Rollguard", address: this.#address.from },
        to: mail.to.filter(isAddress),
        envelope: { from: this.#address.from, to: [...to] },
        subject,
        text: mailText(document),
        html: mailHtml(document),
        messageId,
        ...(thread === null ? {} : { inReplyTo: thread, references: thread }),
        priority: urgent ? "high" : "normal",
        headers: {
          "Auto-Submitted": "auto-generated",
          // Exchange answers with absences otherwise.
          "X-Auto-Response-Suppress": "All",
          "X-Rollguard-Application": oneLine(about.application, MAX_HEADER),
          "X-Rollguard-Subject": oneLine(about.subject, MAX_HEADER),
        },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal,
      });
      return rejectedIn(sent);
    } catch (error) {
      throw deliveryErrorOf(failureIn(error), this.#address);
    }
  }
}

/** What is none may be several, or a command. */
function isAddress(text: string): boolean {
  return z.email().safeParse(text).success;
}

interface Rejected {
  readonly refused: readonly string[];
  /** For now; in lower case. */
  readonly deferred: readonly string[];
}

function rejectedIn({ rejected, rejectedErrors = [] }: SentInfo): Rejected {
  const deferred = rejectedErrors.flatMap(({ recipient, responseCode }) =>
    typeof recipient === "string" && typeof responseCode === "number" && responseCode < 500
      ? [recipient.toLowerCase()]
      : [],
  );
  const refused = rejected.map(String).filter((address) => !deferred.includes(address.toLowerCase()));
  return { refused, deferred };
}

interface SentInfo {
  readonly rejected: readonly unknown[];
  readonly rejectedErrors?:
    | readonly { readonly recipient?: unknown; readonly responseCode?: unknown }[]
    | undefined;
}

function transportTo({ host, port, tls, login }: SmtpAddress, { timeout = TIMEOUT, ca }: MailerOptions) {
  return createTransport({
    pool: true,
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "required",
    ignoreTLS: tls === "off",
    ...(login === null ? {} : { auth: login }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    maxConnections: MAX_CONNECTIONS,
    idleTimeout: IDLE,
    // One more for a connection that the server has given up meanwhile; the rest is for who tries again anyway.
    maxRequeues: 1,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    socketCloseTimeout: 0,
  });
}
