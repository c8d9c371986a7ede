import { readFileSync } from "node:fs";
import { Failure, type Io, UsageError } from "./io.ts";
import { printable } from "./text/printable.ts";

/** Milliseconds. */
const PATIENCE = 10_000;
/** For commands: a deploy asks Prometheus and Alertmanager first, each of which may be slow to answer. */
const COMMAND_PATIENCE = 60_000;

/** Nobody answers at that address: nothing has been sent. */
export class NoServer extends Failure {}

/** The server's own answer that it cannot be done; `detail` tells what to do. */
export class ServerProblem extends Failure {
  readonly status: number;
  readonly code: string | undefined;
  /** The whole answer. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(message: string, status: number, body: Readonly<Record<string, unknown>>) {
    super(message);
    this.status = status;
    this.code = typeof body.code === "string" ? body.code : undefined;
    this.body = body;
  }
}

export interface CommandOptions {
  /** Only while the application is at this revision. */
  readonly revision?: number | undefined;
}

/** Asks a running server, with the operator's token and name. */
export class ServerClient {
  readonly base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws UsageError when the address or the token cannot be one */
  constructor(base: string, io: Io) {
    this.base = base.replace(/\/+$/, "");
    const address = URL.canParse(this.base) ? new URL(this.base) : undefined;
    if (address === undefined || !/^https?:$/.test(address.protocol))
      throw new UsageError(`ROLLGUARD_URL: expected an address such as http://127.0.0.1:9095, not "${base}"`);
    if (address.username !== "" || address.password !== "")
      throw new UsageError(
        "ROLLGUARD_URL: it takes no name and no password; the token goes into ROLLGUARD_TOKEN",
      );
    const token = tokenOf(io);
    this.#headers = {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(/^[A-Za-z0-9._@-]{1,64}$/.test(io.user ?? "") ? { "Rollguard-Operator": io.user } : {}),
    };
  }

  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const patience = AbortSignal.timeout(PATIENCE);
    return await this.#json<T>(path, {
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
  }

  /** A command: done when this resolves. */
  async post<T>(path: string, body: object, options: CommandOptions = {}): Promise<T> {
    return await this.#command<T>("POST", path, body, options);
  }

  /** A command too, which names what it sets. */
  async put<T>(path: string, body: object, options: CommandOptions = {}): Promise<T> {
    return await this.#command<T>("PUT", path, body, options);
  }

  async #command<T>(
    method: "POST" | "PUT",
    path: string,
    body: object,
    { revision }: CommandOptions,
  ): Promise<T> {
    const headers = revision === undefined ? {} : { "If-Match": `"${revision}"` };
    return await this.#json<T>(path, {
      method,
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(COMMAND_PATIENCE),
    });
  }

  /** What a server sends until the signal ends it, piece by piece. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#ask(path, { headers: { ...headers, Accept: "text/event-stream" }, signal });
    const type = response.headers.get("Content-Type") ?? "";
    if (response.body === null || !type.startsWith("text/event-stream")) throw this.#stranger(path);
    return response.body;
  }

  async #json<T>(path: string, request: RequestInit): Promise<T> {
    const response = await this.#ask(path, request);
    return (await response.json().catch(() => {
      throw this.#stranger(path);
    })) as T;
  }

  async #ask(path: string, request: RequestInit): Promise<Response> {
    const response = await fetch(this.base + path, {
      ...request,
      headers: { ...this.#headers, ...request.headers },
      // A redirected command would arrive as something else.
      redirect: "manual",
    }).catch((error: Error) => {
      throw this.#unanswered(error, request.method !== undefined);
    });
    if (response.ok) return response;
    throw await this.#refusal(response, path);
  }

  #unanswered(error: Error, isCommand: boolean): Failure {
    const why = `${this.base}: ${printable(causeOf(error))}`;
    if (isCommand && !neverArrived(error))
      return new Failure(`${why}; it may be done or not: look with rollguard status before you try again`);
    return new NoServer(`${why}; start it with rollguard serve, or set ROLLGUARD_URL`);
  }

  async #refusal(response: Response, path: string): Promise<Failure> {
    const { status, statusText } = response;
    const url = this.base + path;
    if (status >= 300 && status < 400)
      return new Failure(
        `${url}: sends us to ${printable(response.headers.get("Location") ?? "nowhere")}; set ROLLGUARD_URL to where it is`,
      );
    const body = ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown>;
    const detail = problemsIn(body) ?? (typeof body.detail === "string" ? body.detail : statusText);
    // What the server's rules say is plain by itself; anything else is told with where it comes from.
    const message =
      status === 409 || status === 422 || body.code === "no_backup" ? detail : `${url}: ${status} ${detail}`;
    return new ServerProblem(status === 401 ? `${message}; set ROLLGUARD_TOKEN` : message, status, body);
  }

  #stranger(path: string): Failure {
    return new Failure(
      `${this.base}${path}: what answers there is no Rollguard; see ROLLGUARD_URL and ROLLGUARD_LISTEN`,
    );
  }
}

/** Each on a line of its own. */
function problemsIn({ problems }: Readonly<Record<string, unknown>>): string | undefined {
  return Array.isArray(problems) && problems.length > 0 ? problems.join("\n  ") : undefined;
}

function tokenOf({ environment }: Io): string | undefined {
  const file = environment.ROLLGUARD_TOKEN_FILE;
  const token = environment.ROLLGUARD_TOKEN?.trim() || (file ? readToken(file) : undefined);
  if (token !== undefined && !/^[!-~]+$/.test(token))
    throw new UsageError("ROLLGUARD_TOKEN: one token, of letters, digits and signs, is expected");
  return token;
}

function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new UsageError(`ROLLGUARD_TOKEN_FILE: cannot read ${file}: ${(error as Error).message}`);
  }
}

function causeOf(error: Error): string {
  if (error.name === "TimeoutError") return "no answer in time";
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

/** Failures before a connection stands. */
const BEFORE_SENDING = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
];

function neverArrived({ cause }: Error): boolean {
  const { code, errors } = (cause ?? {}) as { code?: unknown; errors?: readonly Error[] };
  if (typeof code === "string") return BEFORE_SENDING.includes(code);
  // One for each address that a name has.
  return (
    errors?.every((error) => BEFORE_SENDING.includes((error as NodeJS.ErrnoException).code ?? "")) ?? false
  );
}
