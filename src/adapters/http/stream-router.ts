import { setImmediate } from "node:timers/promises";
import { type Response, Router } from "express";
import { describeEvent } from "../../app/describe-event.ts";
import type { Policies } from "../../app/policies.ts";
import type { StateStore } from "../../app/ports.ts";
import { policyNamed } from "../../app/run-command.ts";
import type { Duration } from "../../domain/time.ts";
import type { Access } from "./access.ts";
import { endStream } from "./end-stream.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { wholeNumber } from "./whole-number.ts";

export interface StreamOptions {
  readonly access: Access;
  readonly policies: Policies;
  readonly store: StateStore;
  /** Aborted when the server is being stopped: streams would keep it alive. */
  readonly closing: AbortSignal;
  /** Streams that may be open at once; each holds a socket. */
  readonly maxStreams?: number;
  /** Who takes nothing for so long is cut off; it resumes where it was. */
  readonly streamPatience?: Duration;
}

const MAX_STREAMS = 200;
/** Milliseconds. Proxies cut connections on which nothing comes, mostly after a minute. */
const HEARTBEAT = 15_000;
/** Milliseconds. Announcements may be lost with a connection: it is looked without one now and then. */
const LOOK_AGAIN = 5_000;
const PAGE = 100;
/** Bytes that wait for a reader beyond what its socket takes: from then on it is waited for. */
const MAX_LAG = 256 * 1024;
const PATIENCE: Duration = 5_000;

/**
 * One page after another, whoever reads it, and whatever waits is done in between: a store in this process answers without
 * waiting, and a reader who catches up, or two hundred of them, would keep every alert from being heard for seconds.
 */
class Turns {
  #last: Promise<void> = Promise.resolve();

  next(): Promise<void> {
    this.#last = this.#last.then(() => setImmediate());
    return this.#last;
  }
}

/**
 * The ledger, live, as server-sent events: `id` is the revision, `event` is `event`, `data` the event as the ledger gives
 * it. Begins behind `Last-Event-ID` or `after`; with neither, with the next event. Where events have left the ledger that
 * should come next, an event `gap` says which, and what is left goes on behind it; its `id` is the last of the missing ones,
 * so that it is not told again.
 */
export function streamRouter(options: StreamOptions): Router {
  const { access, policies, store, closing, maxStreams = MAX_STREAMS, streamPatience = PATIENCE } = options;
  const router = Router();
  const path = "/api/v1/applications/:application/stream";
  const turns = new Turns();
  let open = 0;
  // Without a body a stream would be open for nobody: express takes HEAD for GET.
  router.head(path, onlyMethods("GET"));
  router.get(path, access.needs("viewer"), async (request, response) => {
    const application = String(request.params.application);
    policyNamed(policies, application);
    const asked = request.headers["last-event-id"] ?? request.query.after;
    const after = wholeNumber(asked, "after", { least: 0, most: Number.MAX_SAFE_INTEGER });
    if (open >= maxStreams) throw new HttpProblem("overloaded", `${maxStreams} streams are open already`);
    open += 1;
    // First of all: who has gone before anybody listens for that is never missed. What has ended and is not read still
    // holds a socket, and counts.
    const left = new Promise<void>((resolve) => response.once("close", resolve));
    void left.then(() => {
      open -= 1;
    });
    // Also when it is known where to begin: a store that is away is told before the answer has begun.
    const { revision } = await store.read(application);
    await follow({
      application,
      from: after ?? revision,
      store,
      response,
      closing,
      left,
      turns,
      patience: streamPatience,
    });
  });
  router.all(path, onlyMethods("GET"));
  return router;
}

interface Followed {
  readonly application: string;
  readonly from: number;
  readonly store: StateStore;
  readonly response: Response;
  readonly closing: AbortSignal;
  /** Resolves when the reader has gone. */
  readonly left: Promise<void>;
  readonly turns: Turns;
  readonly patience: Duration;
}

/** Resolves when the reader has gone, or takes nothing any more, or the server stops. */
async function follow({
  application,
  from,
  store,
  response,
  closing,
  left,
  turns,
  patience,
}: Followed): Promise<void> {
  let wake: () => void = () => undefined;
  let gone = false;
  const end = (): void => {
    gone = true;
    wake();
  };
  void left.then(end);
  closing.addEventListener("abort", end);
  const unsubscribe = await store.changes(application, () => wake());
  // While it was waited for: whoever listens from now on hears of neither.
  if (closing.aborted || response.destroyed) {
    closing.removeEventListener("abort", end);
    await unsubscribe().catch(() => undefined);
    throw new HttpProblem("not_ready", "the server is being stopped");
  }
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  response.write("retry: 1000\n\n");
  const heartbeat = setInterval(() => {
    if (response.writableLength === 0) response.write(": still here\n\n");
  }, HEARTBEAT);
  const look = setInterval(() => wake(), LOOK_AGAIN);
  let cursor = from;
  try {
    while (!gone) {
      // Made before the look, so that what is committed during it is not missed.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await turns.next();
      if (gone) break;
      const events = await store.events(application, { after: cursor, limit: PAGE });
      const oldest = events[0]?.revision ?? cursor + 1;
      if (oldest > cursor + 1) {
        const { archive } = await store.ledger(application);
        const gap = { from: cursor + 1, to: oldest - 1, archive };
        response.write(`id: ${gap.to}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`);
      }
      for (const event of events) {
        if (gone) break;
        response.write(
          `id: ${event.revision}\nevent: event\ndata: ${JSON.stringify(describeEvent(event))}\n\n`,
        );
        cursor = event.revision;
        if (response.writableLength > MAX_LAG) await drained({ response, patience });
      }
      if (!gone && events.length < PAGE) await woken;
    }
  } catch {
    // The store is away: the reader comes again, and resumes behind what it has.
  } finally {
    clearInterval(heartbeat);
    clearInterval(look);
    closing.removeEventListener("abort", end);
    await unsubscribe().catch(() => undefined);
    endStream(response);
  }
}

/**
 * Until the reader has taken what waits for it. Node ends a socket that is given a timeout when nothing at all was taken for so
 * long: who reads slowly does read.
 */
function drained({ response, patience }: Pick<Followed, "response" | "patience">): Promise<void> {
  const { socket } = response;
  return new Promise((resolve) => {
    const settled = (): void => {
      socket?.setTimeout(0);
      response.off("drain", settled).off("close", settled);
      resolve();
    };
    socket?.setTimeout(patience);
    response.on("drain", settled).on("close", settled);
  });
}
