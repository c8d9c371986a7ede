import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { SELF_SIGNED } from "./self-signed.ts";

/** What it does instead of taking mails; what is not named works. */
export interface SmtpFaults {
  /** The reply to every password. */
  readonly auth?: number;
  /** Replies to recipients, by address. */
  readonly recipients?: Readonly<Record<string, number>>;
  /** The reply to every sender. */
  readonly sender?: number;
  /** The reply to every connection, or to what the mail itself is. */
  readonly greeting?: number;
  readonly data?: number;
  /** Says nothing any more at that point: instead of its greeting, or once it has the mail. */
  readonly hang?: "greeting" | "data";
  /** What its replies say besides the number. */
  readonly says?: string;
}

export interface SmtpServerOptions extends SmtpFaults {
  /** `none`: unencrypted; `starttls`: where the client asks for it; `implicit`: from the start. Its certificate is self-signed. */
  readonly tls?: "none" | "starttls" | "implicit";
  /** Who may log in; anybody may send without where it is not said. */
  readonly login?: { readonly user: string; readonly pass: string };
}

export interface ReceivedMail {
  readonly from: string;
  /** Those who get it, whomever its header names. */
  readonly to: readonly string[];
  readonly encrypted: boolean;
  /** Who had logged in; null: nobody. */
  readonly user: string | null;
  /** As it came over the line. */
  readonly raw: string;
  readonly parsed: Email;
}

export interface SmtpTestServer {
  readonly port: number;
  /** Without a user. */
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** Connections there have been. */
  readonly connections: number;
  /** Those that are open now. */
  readonly open: number;
  /** Connections that were open at once, at most. */
  readonly mostAtOnce: number;
  /** Ends every connection, as servers do that have waited long enough. */
  disconnect(): void;
  /** From now on; what is left out works again. */
  become(faults: SmtpFaults): void;
  stop(): Promise<void>;
}

/** A real SMTP server that delivers nothing. */
export async function startSmtpServer(options: SmtpServerOptions = {}): Promise<SmtpTestServer> {
  const { tls = "none", login } = options;
  const mails: ReceivedMail[] = [];
  const hanging = new Set<() => void>();
  let faults: SmtpFaults = options;
  let [connections, open, mostAtOnce] = [0, 0, 0];
  const server = new SMTPServer({
    ...SELF_SIGNED,
    secure: tls === "implicit",
    disabledCommands: [
      ...(tls === "none" ? ["STARTTLS" as const] : []),
      ...(login === undefined ? ["AUTH" as const] : []),
    ],
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 1,
    onConnect(_session, callback) {
      connections += 1;
      open += 1;
      mostAtOnce = Math.max(mostAtOnce, open);
      if (faults.hang === "greeting") hanging.add(() => callback(refusal(421)));
      else callback(faults.greeting === undefined ? null : refusal(faults.greeting));
    },
    onClose(_session, callback) {
      open -= 1;
      callback(null);
    },
    onAuth({ username, password }, _session, callback) {
      if (faults.auth !== undefined) return callback(refusal(faults.auth));
      const isRight = username === login?.user && password === login?.pass;
      if (isRight) callback(null, { user: username });
      else callback(refusal(535));
    },
    onMailFrom(_address, _session, callback) {
      callback(faults.sender === undefined ? null : refusal(faults.sender));
    },
    onRcptTo({ address }, _session, callback) {
      const code = faults.recipients?.[address];
      callback(code === undefined ? null : refusal(code));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (faults.hang === "data") return void hanging.add(() => callback(refusal(421)));
        if (faults.data !== undefined) return callback(refusal(faults.data));
        const raw = Buffer.concat(chunks);
        const { mailFrom, rcptTo } = session.envelope;
        void PostalMime.parse(raw).then((parsed) => {
          mails.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            encrypted: session.secure,
            user: typeof session.user === "string" ? session.user : null,
            raw: raw.toString(),
            parsed,
          });
          callback(null);
        }, callback);
      });
    },
  } satisfies SMTPServerOptions);
  // A client that breaks off TLS because it does not trust us is what the test wants.
  server.on("error", () => {});
  const refusal = (responseCode: number): Error =>
    Object.assign(new Error(faults.says ?? `it says ${responseCode}`), { responseCode });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    url: `${tls === "implicit" ? "smtps" : "smtp"}://127.0.0.1:${port}?from=rollguard@example.org`,
    mails,
    get connections() {
      return connections;
    },
    get open() {
      return open;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    disconnect() {
      for (const connection of server.connections) connection.close();
    },
    become(next) {
      faults = next;
    },
    async stop() {
      for (const answer of hanging) answer();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
