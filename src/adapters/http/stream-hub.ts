import type { ServerResponse } from "node:http";
import type { Duration, Instant } from "../../domain/time.ts";

/** Milliseconds. Proxies cut connections on which nothing comes, mostly after a minute. */
const HEARTBEAT: Duration = 15_000;
const STILL_HERE = Buffer.from(": still here\n\n");
/** Bytes that wait for a reader beyond what its socket takes: a thousand changes and no more. */
const MAX_LAG = 64 * 1_024;

export interface HubStream {
  readonly response: ServerResponse;
  readonly application: string;
  readonly expiresAt: Instant;
  /** What it is told again instead of a comment; null: nothing. */
  readonly reminder: () => Buffer | null;
}

export interface HubOptions {
  readonly now: () => Instant;
  readonly closing: AbortSignal;
  readonly heartbeat?: Duration;
}

/** Every stream of changes that is open. What is told is made once, and the same bytes go to all of them. */
export class StreamHub {
  readonly #now: () => Instant;
  readonly #heartbeat: Duration;
  readonly #streams = new Map<string, Set<HubStream>>();
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ now, closing, heartbeat = HEARTBEAT }: HubOptions) {
    this.#now = now;
    this.#heartbeat = heartbeat;
    closing.addEventListener("abort", () => this.#endAll(), { once: true });
  }

  get size(): number {
    return this.#size;
  }

  /** Until its response closes. */
  add(stream: HubStream): void {
    const { application, response } = stream;
    const streams = this.#streams.get(application) ?? new Set();
    this.#streams.set(application, streams.add(stream));
    this.#size += 1;
    this.#timer ??= setInterval(() => this.#beat(), this.#heartbeat).unref();
    response.once("close", () => {
      streams.delete(stream);
      this.#size -= 1;
      if (this.#size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  send(application: string, message: Buffer): void {
    for (const { response } of this.#streams.get(application) ?? []) write(response, message);
  }

  /** One timer for all: a stream ends at most a beat after its time. */
  #beat(): void {
    const now = this.#now();
    for (const streams of this.#streams.values())
      for (const { response, expiresAt, reminder } of streams) {
        if (expiresAt <= now) response.end();
        else write(response, reminder() ?? STILL_HERE);
      }
  }

  #endAll(): void {
    for (const streams of this.#streams.values()) for (const { response } of streams) response.end();
  }
}

/** Who does not read is cut off: it comes again, and is told at once that it missed something. */
function write(response: ServerResponse, bytes: Buffer): void {
  if (response.writableEnded) return;
  response.write(bytes);
  if (response.writableLength > MAX_LAG) response.destroy();
}
