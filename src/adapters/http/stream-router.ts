import { type Response, Router } from "express";
import { describeEvent } from "../../app/describe-event.ts";
import type { Policies } from "../../app/policies.ts";
import type { StateStore } from "../../app/ports.ts";
import { policyNamed } from "../../app/run-command.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { wholeNumber } from "./whole-number.ts";

export interface StreamOptions {
  readonly access: Access;
  readonly policies: Policies;
  readonly store: StateStore;
  /** Aborted when the server is being stopped: streams would keep it alive. */
  readonly closing: AbortSignal;
}

/** Streams that may be open at once; each holds a socket. */
const MAX_STREAMS = 200;
/** Milliseconds. Proxies cut connections on which nothing comes, mostly after a minute. */
const HEARTBEAT = 15_000;
/** Milliseconds. Announcements may be lost with a connection: it is looked without one now and then. */
const LOOK_AGAIN = 5_000;
const PAGE = 500;
/** Bytes that a reader may lag behind before it is cut off; it resumes where it was. */
const MAX_LAG = 4 * 1024 ** 2;

/**
 * The ledger, live, as server-sent events: `id` is the revision, `event` is `event`, `data` the event as the ledger gives
 * it. Begins behind `Last-Event-ID` or `after`; with neither, with the next event. Where events have left the ledger that
 * should come next, an event `gap` says which, and what is left goes on behind it; its `id` is the last of the missing ones,
 * so that it is not told again.
 */
export function streamRouter({ access, policies, store, closing }: StreamOptions): Router {
  const router = Router();
  const path = "/api/v1/applications/:application/stream";
  let open = 0;
  router.get(path, access.needs("viewer"), async (request, response) => {
    const application = String(request.params.application);
    policyNamed(policies, application);
    const asked = request.headers["last-event-id"] ?? request.query.after;
    const after = wholeNumber(asked, "after", { least: 0, most: Number.MAX_SAFE_INTEGER });
    if (open >= MAX_STREAMS) throw new HttpProblem("overloaded", `${MAX_STREAMS} streams are open already`);
    open += 1;
    // First of all: who has gone before anybody listens for that is never missed.
    const left = new Promise<void>((resolve) => response.once("close", resolve));
    try {
      const from = after ?? (await store.read(application)).revision;
      await follow({ application, from, store, response, closing, left });
    } finally {
      open -= 1;
    }
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
}

/** Resolves when the reader has gone, or is too slow, or the server stops. */
async function follow({ application, from, store, response, closing, left }: Followed): Promise<void> {
  let wake: () => void = () => undefined;
  let gone = false;
  const end = (): void => {
    gone = true;
    wake();
  };
  void left.then(end);
  closing.addEventListener("abort", end);
  const unsubscribe = await store.changes(application, () => wake());
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  response.write("retry: 1000\n\n");
  const heartbeat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT);
  const look = setInterval(() => wake(), LOOK_AGAIN);
  let cursor = from;
  try {
    while (!gone) {
      // Made before the look, so that what is committed during it is not missed.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const events = await store.events(application, { after: cursor, limit: PAGE });
      const oldest = events[0]?.revision ?? cursor + 1;
      if (oldest > cursor + 1) {
        const { archive } = await store.ledger(application);
        const gap = { from: cursor + 1, to: oldest - 1, archive };
        response.write(`id: ${gap.to}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`);
      }
      for (const event of events) {
        response.write(
          `id: ${event.revision}\nevent: event\ndata: ${JSON.stringify(describeEvent(event))}\n\n`,
        );
        cursor = event.revision;
      }
      if (response.writableLength > MAX_LAG) break;
      if (events.length < PAGE) await woken;
    }
  } catch {
    // The store is away: the reader comes again, and resumes behind what it has.
  } finally {
    clearInterval(heartbeat);
    clearInterval(look);
    closing.removeEventListener("abort", end);
    await unsubscribe().catch(() => undefined);
    response.end();
  }
}
