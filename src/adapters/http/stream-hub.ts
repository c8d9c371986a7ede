import type { ServerResponse } from "node:http";
import { ASKS_WITHIN } from "../../app/audience.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import { endStream } from "./end-stream.ts";

/** Milliseconds. Proxies cut connections on which nothing comes, mostly after a minute. */
const HEARTBEAT: Duration = 15_000;
const STILL_HERE = Buffer.from(": still here\n\n");
/** Bytes that wait for a reader beyond what its socket takes: a thousand changes and no more. */
const MAX_LAG = 64 * 1_024;
/** Milliseconds between two looks at who was told and has not asked. */
const SWEEP: Duration = 1_000;
/**
 * Sweeps. OpenFeature's web provider 0.4.3 asks 50 ms after a message, hidden pages of Chromium within a second. Who has not
 * asked by then may have no connection left to ask on: over HTTP/1.1 a browser has six for one host, and six pages' streams
 * hold them all.
 */
const PATIENCE = ASKS_WITHIN / SWEEP;
/** How often the patience doubles for a client that comes back and does not ask: up to about three minutes. */
const MAX_DOUBLINGS = 6;
/**
 * Of many that share a key, as visitors without a name do, some have asked, and which is not known. All are hung up on once, so
 * that every browser has its connections back; then only as many as have not asked, or these, at a time, by turns.
 */
const AT_A_TIME = 12;
/** Clients whose endings are remembered, the latest ones. */
const MAX_REMEMBERED = 10_000;

export interface HubStream {
  readonly response: ServerResponse;
  readonly application: string;
  /** The same for the same client. */
  readonly clientKey: string;
  readonly expiresAt: Instant;
  /** Of all streams with its key: how many were told, and have not asked since. */
  readonly stillBehind: () => number;
  /** Called before it is hung up on for that. */
  readonly hangUp: () => void;
}

export interface HubOptions {
  readonly now: () => Instant;
  readonly closing: AbortSignal;
  readonly heartbeat?: Duration;
  readonly sweep?: Duration;
}

/** Every stream of changes that is open. What is told is made once, and the same bytes go to all of them. */
export class StreamHub {
  readonly #now: () => Instant;
  readonly #heartbeat: Duration;
  readonly #sweep: Duration;
  readonly #streams = new Map<string, Set<HubStream>>();
  /** Those that were told and have not asked, and for how many more sweeps they may. */
  readonly #told = new Map<HubStream, number>();
  /** By client: how often its streams were ended since it last asked; the oldest first. */
  readonly #endings = new Map<string, number>();
  #size = 0;
  #beats: NodeJS.Timeout | undefined;
  #sweeps: NodeJS.Timeout | undefined;

  constructor({ now, closing, heartbeat = HEARTBEAT, sweep = SWEEP }: HubOptions) {
    this.#now = now;
    this.#heartbeat = heartbeat;
    this.#sweep = sweep;
    closing.addEventListener("abort", () => this.#endAll(), { once: true });
  }

  get size(): number {
    return this.#size;
  }

  /** Until its response closes: what is ended and not read still holds a socket. */
  add(stream: HubStream): void {
    const { application, response } = stream;
    const streams = this.#streams.get(application) ?? new Set();
    this.#streams.set(application, streams.add(stream));
    this.#size += 1;
    if (stream.stillBehind() === 0) this.#endings.delete(stream.clientKey);
    this.#beats ??= setInterval(() => this.#beat(), this.#heartbeat).unref();
    response.once("close", () => {
      streams.delete(stream);
      this.#told.delete(stream);
      this.#size -= 1;
      if (this.#size > 0) return;
      clearInterval(this.#beats);
      this.#beats = undefined;
    });
  }

  send(application: string, message: Buffer): void {
    for (const stream of this.#streams.get(application) ?? []) this.tell(stream, message);
  }

  /** Of a change. A client that does not ask soon after is hung up on; it comes again, and is told at once. */
  tell(stream: HubStream, message: Buffer): void {
    write(stream.response, message);
    // Who has not asked on the change before either does not begin anew.
    if (!this.#told.has(stream)) this.#told.set(stream, this.#patience(stream.clientKey));
    this.#sweeps ??= setInterval(() => this.#look(), this.#sweep).unref();
  }

  /** One timer for all: a stream ends at most a beat after its time. */
  #beat(): void {
    const now = this.#now();
    for (const streams of this.#streams.values())
      for (const { response, expiresAt } of streams) {
        if (expiresAt <= now) endStream(response);
        else write(response, STILL_HERE);
      }
  }

  #look(): void {
    const due = new Map<string, HubStream[]>();
    for (const [stream, left] of this.#told) {
      const { response, clientKey } = stream;
      if (response.writableEnded) this.#told.delete(stream);
      else if (stream.stillBehind() === 0) {
        this.#told.delete(stream);
        this.#endings.delete(clientKey);
      } else if (left > 1) this.#told.set(stream, left - 1);
      else {
        const streams = due.get(clientKey) ?? [];
        due.set(clientKey, streams);
        streams.push(stream);
      }
    }
    for (const [clientKey, streams] of due) this.#hangUp(clientKey, streams);
    if (this.#told.size > 0) return;
    clearInterval(this.#sweeps);
    this.#sweeps = undefined;
  }

  #hangUp(clientKey: string, streams: readonly HubStream[]): void {
    const [first] = streams;
    const some = this.#endings.has(clientKey)
      ? Math.max(first?.stillBehind() ?? 0, AT_A_TIME)
      : streams.length;
    for (const { response, hangUp } of streams.slice(0, some)) {
      hangUp();
      endStream(response);
    }
    this.#remember(clientKey);
    for (const stream of streams.slice(some)) this.#told.set(stream, this.#patience(clientKey));
  }

  /** In sweeps. */
  #patience(clientKey: string): number {
    return PATIENCE * 2 ** Math.min(this.#endings.get(clientKey) ?? 0, MAX_DOUBLINGS);
  }

  #remember(clientKey: string): void {
    const times = (this.#endings.get(clientKey) ?? 0) + 1;
    this.#endings.delete(clientKey);
    this.#endings.set(clientKey, times);
    const [oldest] = this.#endings.keys();
    if (this.#endings.size > MAX_REMEMBERED && oldest !== undefined) this.#endings.delete(oldest);
  }

  #endAll(): void {
    for (const streams of this.#streams.values()) for (const { response } of streams) endStream(response);
  }
}

/** Who does not read is cut off: it comes again, and is told at once that it missed something. */
function write(response: ServerResponse, bytes: Buffer): void {
  if (response.writableEnded) return;
  response.write(bytes);
  if (response.writableLength > MAX_LAG) response.destroy();
}
