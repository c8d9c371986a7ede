import { hostname } from "node:os";
import { z } from "zod";

export interface SmtpAddress {
  readonly host: string;
  readonly port: number;
  /** `implicit`: encrypted from the start; `required`: STARTTLS or nothing; `offered`: where the server has it; `off`: never. */
  readonly tls: "implicit" | "required" | "offered" | "off";
  /** Null: the server is not told who we are. */
  readonly login: { readonly user: string; readonly pass: string } | null;
  /** Whom mails are from. */
  readonly from: string;
}

const URL_PATTERN =
  /^(?<scheme>smtps?):\/\/(?:(?<user>[^:@/?#\s]*)(?::(?<pass>[^@/?#\s]*))?@)?(?:\[(?<bracketed>[0-9a-f:.]+)\]|(?<plain>[^\s:@/?#[\]]+))(?::(?<digits>\d{1,5}))?\/?(?:\?(?<query>[^#\s]*))?$/i;

const FORM =
  "must look like smtp://user:password@mail.example.org:587?from=rollguard@example.org, or smtps://…; " +
  "special characters in the user and in the password are percent-encoded (@ is %40)";

/**
 * Reads `smtp://[user:password@]host[:port][?from=address][&tls=required|off]`, or `smtps://` for TLS from the start. Where there
 * is a password the connection must be encrypted, but for one to this machine.
 * @throws Error that says what is wrong. It repeats no part of the URL: where the syntax is wrong, any part may hold some
 *   of the password.
 */
export function parseSmtpUrl(text: string): SmtpAddress {
  const parts = URL_PATTERN.exec(text.trim())?.groups;
  if (parts === undefined) throw new Error(`the SMTP URL ${FORM}`);
  const host = parts.bracketed ?? parts.plain ?? "";
  const isSecure = parts.scheme?.toLowerCase() === "smtps";
  const port = parts.digits === undefined ? (isSecure ? 465 : 587) : Number(parts.digits);
  if (port < 1 || port > 65_535) throw new Error("the SMTP URL has a port that is not between 1 and 65535");
  const login = loginOf(parts.user, parts.pass);
  const settings = settingsOf(parts.query ?? "");
  const mustHide = login !== null && !isLoopback(host);
  if (settings.tls === "off" && mustHide)
    throw new Error(
      "the SMTP URL has tls=off, and a password that everybody on the way could read: leave one out",
    );
  if (settings.tls === "off" && isSecure)
    throw new Error("the SMTP URL has tls=off: write smtp:// instead of smtps://");
  return {
    host,
    port,
    // 465 is for TLS from the start, whatever the scheme: a server there would wait for it in silence.
    tls: isSecure || port === 465 ? "implicit" : (settings.tls ?? (mustHide ? "required" : "offered")),
    login,
    from: settings.from ?? `rollguard@${nameOfThisHost()}`,
  };
}

/** Of this machine only. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function loginOf(user = "", pass = ""): SmtpAddress["login"] {
  if (user === "" && pass === "") return null;
  if (user === "" || pass === "")
    throw new Error("the SMTP URL has a user without a password, or a password without a user");
  return { user: decoded(user), pass: decoded(pass) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("the SMTP URL has a % that is no percent-encoding: a % itself is written %25");
  }
}

interface QuerySettings {
  readonly from: string | null;
  readonly tls: "required" | "off" | null;
}

function settingsOf(query: string): QuerySettings {
  // A + is part of many addresses, and no space.
  const settings = new URLSearchParams(query.replaceAll("+", "%2B"));
  for (const name of settings.keys())
    if (name !== "from" && name !== "tls")
      throw new Error("the SMTP URL knows from= and tls= behind the ?, and nothing else");
  const from = settings.get("from");
  if (from !== null && !z.email().safeParse(from).success)
    throw new Error("the SMTP URL has a from= that is no e-mail address");
  const tls = settings.get("tls");
  if (tls !== null && tls !== "required" && tls !== "off")
    throw new Error("the SMTP URL has a tls= that is neither required nor off");
  return { from, tls };
}

function nameOfThisHost(): string {
  const name = hostname().toLowerCase();
  return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) ? name : "localhost";
}
