import { createHmac, timingSafeEqual } from "node:crypto";
import type { Duration, Instant } from "../../domain/time.ts";
import { HttpProblem } from "./problem.ts";

/** Where a client of an application is told of changes, as OFREP writes it. */
export type EventStream = { readonly type: "sse"; readonly inactivityDelaySec: number } & (
  | { readonly url: string }
  /** At the address that the client asks anyway. */
  | { readonly endpoint: { readonly requestUri: string } }
);

export interface StreamUrlOptions {
  /** Who has it can write addresses that are accepted. */
  readonly secret: string | Buffer;
  /** The address that clients reach this by; null: the one that they ask. */
  readonly externalUrl: string | null;
}

/** What an address says that was written here. */
export interface StreamTicket {
  readonly application: string;
  readonly clientKey: string;
  readonly expiresAt: Instant;
}

export const STREAM_PATH = "/ofrep/v1/event-stream";
/** An address is valid for one to two of these, and the same all through each of them. */
const STREAM_LIFETIME: Duration = 24 * 3_600_000;
/** Seconds for which a hidden page keeps its stream: what OFREP proposes. */
const INACTIVITY = 120;
/** Addresses that are kept, since thousands of clients may ask in the same moment: a signature costs as much as their flags. */
const MAX_KEPT = 20_000;
/** Characters; a client's key is a hash. */
const MAX_LENGTH = 200;

/**
 * Addresses of streams: an `EventSource` sends no credentials, so the address itself is one. It names one client of one
 * application, tells nothing else, and expires. The same client gets the same address for a day, from every responder
 * that has the secret, so that it keeps its connection when it asks again.
 */
export class StreamUrls {
  readonly #secret: string | Buffer;
  readonly #base: string | null;
  readonly #kept = new Map<string, { readonly stream: EventStream; readonly expiresAt: Instant }>();

  constructor({ secret, externalUrl }: StreamUrlOptions) {
    this.#secret = secret;
    this.#base = externalUrl?.replace(/\/+$/, "") ?? null;
  }

  of(application: string, clientKey: string, now: Instant): EventStream {
    const key = `${application} ${clientKey}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && now < kept.expiresAt - STREAM_LIFETIME) return kept.stream;
    const expiresAt = expiryOf(clientKey, now);
    const stream = this.#write({ application, clientKey, expiresAt });
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, { stream, expiresAt });
    return stream;
  }

  /**
   * @throws HttpProblem `not_found` when it was not written with our secret; `stream_expired`
   */
  check(query: Readonly<Record<string, unknown>>, now: Instant): StreamTicket {
    const { application, client, expires, signature } = query;
    if (!isShort(application) || !isShort(client) || !isShort(signature) || !isSeconds(expires))
      throw unknown();
    const ticket = { application, clientKey: client, expiresAt: Number(expires) * 1_000 };
    const ours = this.#sign(ticket);
    const theirs = Buffer.from(signature, "base64url");
    if (theirs.length !== ours.length || !timingSafeEqual(theirs, ours)) throw unknown();
    if (ticket.expiresAt <= now)
      throw new HttpProblem("stream_expired", "this stream has ended: evaluate the flags for the next one");
    return ticket;
  }

  #write(ticket: StreamTicket): EventStream {
    const query = new URLSearchParams({
      application: ticket.application,
      client: ticket.clientKey,
      expires: String(ticket.expiresAt / 1_000),
      signature: this.#sign(ticket).toString("base64url"),
    });
    const requestUri = `${STREAM_PATH}?${query}`;
    const stream = { type: "sse", inactivityDelaySec: INACTIVITY } as const;
    return this.#base === null
      ? { ...stream, endpoint: { requestUri } }
      : { ...stream, url: this.#base + requestUri };
  }

  #sign({ application, clientKey, expiresAt }: StreamTicket): Buffer {
    const text = JSON.stringify(["event-stream", application, clientKey, expiresAt]);
    return createHmac("sha256", this.#secret).update(text).digest();
  }
}

/** In whole seconds; at another time of the day for each client, or all of them would come again at once. */
function expiryOf(clientKey: string, now: Instant): Instant {
  const shift = createHmac("sha256", "expiry").update(clientKey).digest().readUInt32BE() * 1_000;
  const offset = shift % STREAM_LIFETIME;
  return (Math.floor((now - offset) / STREAM_LIFETIME) + 2) * STREAM_LIFETIME + offset;
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_LENGTH;
}

function isSeconds(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,12}$/.test(value);
}

function unknown(): HttpProblem {
  return new HttpProblem(
    "not_found",
    "this responder has given out no such stream: evaluate the flags for another one",
  );
}
