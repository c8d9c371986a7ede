import { DeliveryError } from "../../../app/notify/notifier.ts";
import { oneLine } from "./one-line.ts";
import type { SmtpAddress } from "./smtp-url.ts";

/** What nodemailer's errors have, as far as we look at it. */
export interface SmtpFailure {
  readonly message: string;
  readonly code: string | null;
  /** The code of the operating system, or of TLS, that nodemailer has put its own in the place of. */
  readonly originalCode: string | null;
  /** The server's reply: `550 5.1.1 <a@b>: user unknown`. */
  readonly response: string | null;
  readonly responseCode: number | null;
  /** `RCPT TO`, `MAIL FROM`, `DATA` … */
  readonly command: string;
}

const MAX_REPLY = 200;

/** Codes of certificates that are not trusted, in OpenSSL's and in node's words. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|CRL/;

export function failureIn(error: unknown): SmtpFailure {
  const fields = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return {
    message: textOf(fields.message) ?? "",
    code: textOf(fields.code),
    originalCode: textOf(fields.originalCode),
    response: textOf(fields.response),
    responseCode: typeof fields.responseCode === "number" ? fields.responseCode : null,
    command: textOf(fields.command) ?? "",
  };
}

/**
 * What a failed mail means, and what to do. The error itself goes nowhere: servers repeat what they were told, and so might
 * their replies.
 */
export function deliveryErrorOf(failure: SmtpFailure, address: SmtpAddress): DeliveryError {
  const { code, responseCode } = failure;
  if (code === "EABORT") return new DeliveryError("unavailable", "the mail was cut off, and is sent again");
  if (isCertificate(failure)) return certificateError(failure, address);
  // 4xx is for now, also in the middle of a login; and so is a session that has got out of step.
  if (responseCode !== null && (responseCode < 500 || responseCode === 503))
    return new DeliveryError(
      "unavailable",
      `${server(address)} asks to come again later${replyOf(failure, address)}`,
    );
  if (code === "ETLS" && responseCode !== null)
    return new DeliveryError(
      "refused",
      `${server(address)} does not encrypt with STARTTLS, and everybody on the way could read the mail: ` +
        "use the port on which it does, or smtps://",
    );
  if (isTls(failure))
    return new DeliveryError(
      "refused",
      `TLS with ${server(address)} fails: use smtp:// with its port for STARTTLS, or smtps:// with its port for TLS from the start`,
    );
  switch (code) {
    case "EAUTH":
      return new DeliveryError(
        "refused",
        `${server(address)} refuses the user and the password${responseCode === null ? "" : ` (${responseCode})`}: ` +
          "put those in SMTP_URL that it knows, percent-encoded",
      );
    case "EENVELOPE":
    case "EMESSAGE":
    case "EPROTOCOL":
      return new DeliveryError("refused", refusal(failure, address));
    default:
      return responseCode === null
        ? new DeliveryError("unavailable", `${server(address)} ${whyNothingCame(failure)}`)
        : new DeliveryError("refused", refusal(failure, address));
  }
}

function server({ host, port }: SmtpAddress): string {
  return `the mail server ${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function isCertificate({ code, originalCode, message }: SmtpFailure): boolean {
  return (
    [originalCode, code].some((each) => each !== null && CERTIFICATE.test(each)) ||
    /certificate/i.test(message)
  );
}

/** Both speak, but not the same; a connection that breaks meanwhile may hold the next time. */
function isTls({ code, originalCode, message }: SmtpFailure): boolean {
  const isBroken = /closed/i.test(message);
  return (
    (code === "ETLS" && !isBroken) ||
    originalCode === "EPROTO" ||
    originalCode?.startsWith("ERR_SSL_") === true
  );
}

function certificateError({ originalCode }: SmtpFailure, address: SmtpAddress): DeliveryError {
  const why = originalCode === null ? "" : ` (${originalCode})`;
  const off =
    address.login === null ? ", or, where nobody else is on the way, write tls=off into SMTP_URL" : "";
  return new DeliveryError(
    "refused",
    `${server(address)} has a certificate that is not trusted${why}: name the host as the certificate does, ` +
      `give its authority to Node in NODE_EXTRA_CA_CERTS${off}`,
  );
}

function refusal(failure: SmtpFailure, address: SmtpAddress): string {
  const { command, responseCode } = failure;
  const told = replyOf(failure, address);
  if (responseCode === 530 || responseCode === 535)
    return `${server(address)} wants a user and a password${told}: SMTP_URL is smtp://user:password@…`;
  switch (command) {
    case "RCPT TO":
      return `${server(address)} refuses every recipient${told}: correct the addresses in the policy, under notifications`;
    case "MAIL FROM":
      return `${server(address)} refuses the sender${told}: put an address into SMTP_URL that it sends for, as from=`;
    case "CONN":
      return `${server(address)} turns us away${told}: ask who runs it to let this host in`;
    default:
      return `${server(address)} refuses the mail${told}: ask who runs it`;
  }
}

/** ` (550 5.1.1 user unknown)`; only the number where the text could hold a secret. */
function replyOf({ response, responseCode }: SmtpFailure, { login }: SmtpAddress): string {
  if (responseCode === null) return "";
  const text = response === null ? String(responseCode) : oneLine(response, MAX_REPLY);
  const isSafe = login === null || !secretsOf(login).some((secret) => (response ?? "").includes(secret));
  return ` (${isSafe ? text : responseCode})`;
}

/** As they may come back: as they are, in the URL's writing, and as the server was told. */
function secretsOf({ user, pass }: NonNullable<SmtpAddress["login"]>): string[] {
  const base64 = (text: string): string => Buffer.from(text).toString("base64").replaceAll("=", "");
  const told = `\0${user}\0${pass}`;
  return [user, pass].flatMap((text) => [text, encodeURIComponent(text), base64(text)]).concat(base64(told));
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "broke the connection",
  ENOTFOUND: "is not found: the name does not resolve",
  EAI_AGAIN: "is not found: the name service does not answer",
  EDNS: "is not found: the name does not resolve",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ETIMEDOUT: "does not answer in time",
  ETLS: "broke the connection",
  ECONNECTION: "broke the connection",
  ESOCKET: "cannot be reached",
};

/** Never the error's own words: they may hold whatever was sent. */
function whyNothingCame({ code, originalCode }: SmtpFailure): string {
  for (const each of [originalCode, code]) if (each !== null && WORDS[each] !== undefined) return WORDS[each];
  const name = originalCode ?? code;
  return `cannot be used${name === null ? "" : ` (${oneLine(name, 60)})`}`;
}
