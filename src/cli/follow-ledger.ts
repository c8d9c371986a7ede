import type { EventView } from "../app/describe-event.ts";
import { pathOf } from "./applications.ts";
import { type CliClock, Failure } from "./io.ts";
import { NoServer, type ServerClient, ServerProblem } from "./server-client.ts";
import { readSse } from "./sse.ts";

/** A server that says nothing for this long, not even that it is there, has gone. Milliseconds. */
const SILENCE = 60_000;
/** Between two attempts to reach a server that is away. */
const TRY_AGAIN = 2_000;

/** Revisions that are missing, the first and the last of them included. */
export interface LedgerGap {
  readonly from: number;
  readonly to: number;
  /** Where they are, below the server's data directory; null where they are gone. */
  readonly archive: string | null;
}

export type LedgerNews =
  | { readonly kind: "event"; readonly event: EventView }
  /** Events that should come next have left the ledger. */
  | { readonly kind: "gap"; readonly gap: LedgerGap }
  /** The stream ended, or could not be had: it is tried again. */
  | { readonly kind: "away"; readonly why: string }
  | { readonly kind: "back" };

interface FollowOptions {
  readonly client: ServerClient;
  readonly application: string;
  /** The revision that is known already. */
  readonly after: number;
  readonly clock: CliClock;
  readonly signal: AbortSignal;
}

/**
 * The ledger from `after` on, live, until the signal ends it: what is missed while the server is away comes when it is
 * back, and nothing comes twice. What has left the ledger meanwhile is told as a gap.
 * @throws Failure when waiting will not help: no token, or something else than Rollguard answers
 */
export async function* followLedger(options: FollowOptions): AsyncGenerator<LedgerNews> {
  const { client, application, clock, signal } = options;
  let { after } = options;
  let isAway = false;
  while (!signal.aborted) {
    let why = "the server ended the stream";
    const watch = new SilenceWatch(signal);
    try {
      const path = pathOf(application, `/stream?after=${after}`);
      const pieces = await client.stream(
        path,
        after > 0 ? { "Last-Event-ID": String(after) } : {},
        watch.signal,
      );
      if (isAway) yield { kind: "back" };
      isAway = false;
      for await (const { event: name, data } of readSse(watch.heard(pieces))) {
        if (name === "gap") {
          const gap = JSON.parse(data) as LedgerGap;
          after = Math.max(after, gap.to);
          yield { kind: "gap", gap };
        }
        if (name !== "event") continue;
        const event = JSON.parse(data) as EventView;
        if (event.revision <= after) continue;
        after = event.revision;
        yield { kind: "event", event };
      }
    } catch (error) {
      if (!mayPass(error)) throw error;
      why = watch.isOver ? "the server has gone silent" : (error as Error).message;
    } finally {
      watch.end();
    }
    if (signal.aborted) return;
    if (!isAway) yield { kind: "away", why };
    isAway = true;
    await clock.sleep(TRY_AGAIN, signal);
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof ServerProblem) return error.status >= 500;
  return error instanceof NoServer || !(error instanceof Failure);
}

/** Ends a connection that says nothing any more: a machine that slept, a network that is gone, tell nobody. */
class SilenceWatch {
  readonly #silent = new AbortController();
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#silent.signal]);
    this.#restart();
  }

  get isOver(): boolean {
    return this.#silent.signal.aborted;
  }

  async *heard(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.#restart();
      yield piece;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#silent.abort(), SILENCE);
  }
}
