import { readFileSync } from "node:fs";
import { Failure, type Io, UsageError } from "./io.ts";

/** Milliseconds. */
const PATIENCE = 10_000;

/** Nobody answers at that address. */
export class NoServer extends Failure {}

/** Asks a running server, with the operator's token. */
export class ServerClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, io: Io) {
    this.#base = base.replace(/\/+$/, "");
    const token = tokenOf(io);
    this.#headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }

  async get<T>(path: string): Promise<T> {
    const url = this.#base + path;
    const response = await fetch(url, {
      headers: this.#headers,
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((error: Error) => {
      throw new NoServer(
        `${this.#base}: ${causeOf(error)}; start it with rollguard serve, or set ROLLGUARD_URL`,
      );
    });
    if (response.ok) {
      return (await response.json().catch(() => {
        throw new Failure(
          `${url}: what answers there is no Rollguard; see ROLLGUARD_URL and ROLLGUARD_LISTEN`,
        );
      })) as T;
    }
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    const hint = response.status === 401 ? "; set ROLLGUARD_TOKEN" : "";
    throw new Failure(`${url}: ${response.status} ${problem.detail ?? response.statusText}${hint}`);
  }
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
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}
