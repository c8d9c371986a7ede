import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { RequestHandler, Response } from "express";
import { type CorsOrigins, isWelcome } from "./cors.ts";
import { HttpProblem } from "./problem.ts";

/** `webhook` may post alerts; `client` may evaluate flags; `viewer` may read them too; `operator` may do all, and act. */
export type Role = "webhook" | "client" | "viewer" | "operator";

export interface Credential {
  readonly role: Role;
  /** Who acts, for the ledger. */
  readonly name: string;
  /** SHA-256 of the token: 32 bytes. */
  readonly digest: Buffer;
}

const ENOUGH: Readonly<Record<Role, readonly Role[]>> = {
  webhook: ["webhook", "operator"],
  client: ["client", "viewer", "operator"],
  viewer: ["viewer", "operator"],
  operator: ["operator"],
};

interface Door {
  /** Whether the token may come as `X-API-Key` too. */
  readonly apiKey?: boolean;
  /** Whose pages may come where no token is needed: of no other origin without. */
  readonly origins?: CorsOrigins | null;
}

export function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Who may do what. Nothing is open on an address that others reach. */
export class Access {
  readonly #credentials: readonly Credential[];
  readonly #loopback: boolean;

  constructor({ credentials, loopback }: { credentials: readonly Credential[]; loopback: boolean }) {
    this.#credentials = credentials;
    this.#loopback = loopback;
  }

  /** Lets only those requests pass that `check` lets pass. */
  needs(role: Role, door: Door = {}): RequestHandler {
    return ({ headers }, response, next) => {
      response.locals.actor = this.check(headers, role, door);
      next();
    };
  }

  /**
   * A request passes that carries a token of that role; on loopback also when nobody has such a token.
   * @returns who it is, for the ledger
   * @throws HttpProblem `unauthorized`, `forbidden`
   */
  check(headers: IncomingHttpHeaders, role: Role, { apiKey = false, origins = null }: Door = {}): string {
    const open = this.#loopback && !this.#guarded(role);
    if (open) refusePages(headers, origins);
    return open ? nameWithoutToken(headers) : this.#holder(tokenIn(headers, apiKey), role, apiKey).name;
  }

  #guarded(role: Role): boolean {
    return this.#credentials.some((credential) =>
      role === "webhook" ? credential.role === "webhook" : credential.role !== "webhook",
    );
  }

  #holder(token: string | undefined, role: Role, apiKey: boolean): Credential {
    if (token === undefined)
      throw unauthorized(
        `send \`Authorization: Bearer <token>\`${apiKey ? ", or `X-API-Key: <token>`" : ""}`,
      );
    const credential = this.#find(token);
    if (credential === undefined)
      throw unauthorized(
        "this token is not known here: see ROLLGUARD_WEBHOOK_TOKEN and ROLLGUARD_TOKENS_FILE",
      );
    if (!ENOUGH[role].includes(credential.role)) {
      throw new HttpProblem("forbidden", `a ${credential.role} token does not do here: this needs ${role}`);
    }
    return credential;
  }

  /** Compares with all of them, in constant time each, so that time tells nothing. */
  #find(token: string): Credential | undefined {
    const digest = digestOf(token);
    let found: Credential | undefined;
    for (const credential of this.#credentials) {
      if (timingSafeEqual(credential.digest, digest)) found = credential;
    }
    return found;
  }
}

/** Of both, `Authorization` counts. */
function tokenIn(headers: IncomingHttpHeaders, apiKey: boolean): string | undefined {
  const key = headers["x-api-key"];
  if (headers.authorization === undefined && apiKey && typeof key === "string")
    return key.trim() || undefined;
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
}

/** Who acts, for the ledger: as the token is called, or as a request without one calls itself. */
export function actorOf({ locals }: Response): string {
  return typeof locals.actor === "string" ? locals.actor : UNNAMED;
}

const UNNAMED = "operator";

/** Where no token is needed everybody is trusted, with their names too; but it must look like one. */
function nameWithoutToken(headers: IncomingHttpHeaders): string {
  const name = headers["rollguard-operator"];
  return typeof name === "string" && /^[A-Za-z0-9._@-]{1,64}$/.test(name) ? name : UNNAMED;
}

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * A page of the web reaches this machine too, through the browser of whoever looks at it: across origins, or as the
 * same origin when its name has come to mean 127.0.0.1. The first tells the origin, the second its own name as `Host`.
 */
function refusePages(
  { origin, host, "sec-fetch-site": site }: IncomingHttpHeaders,
  welcome: CorsOrigins | null,
): void {
  const foreign = origin !== undefined && origin !== `http://${host}`;
  const isPage = foreign || (site !== undefined && site !== "same-origin" && site !== "none");
  if (isPage && !isWelcome(origin, welcome)) throw notOpen("a page in a browser");
  if (host !== undefined && !LOOPBACK_HOST.test(host))
    throw notOpen("who asks for another host than localhost");
}

function notOpen(whom: string): HttpProblem {
  return new HttpProblem(
    "forbidden",
    `without a token nothing is open to ${whom}: set ROLLGUARD_WEBHOOK_TOKEN or ROLLGUARD_TOKENS_FILE, and send the token`,
  );
}

function unauthorized(detail: string): HttpProblem {
  return new HttpProblem("unauthorized", detail, { "WWW-Authenticate": 'Bearer realm="rollguard"' });
}
