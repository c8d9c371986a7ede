import { type Response, Router } from "express";
import type { FlagClients, Followed } from "../../app/flag-clients.ts";
import type { Clock } from "../../app/ports.ts";
import type { Duration } from "../../domain/time.ts";
import { type CorsOrigins, cors } from "./cors.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { type HubStream, StreamHub } from "./stream-hub.ts";
import { STREAM_PATH, type StreamUrls } from "./stream-urls.ts";

export interface FlagStreamOptions {
  readonly flagClients: Pick<FlagClients, "follow">;
  readonly streamUrls: Pick<StreamUrls, "check">;
  readonly clock: Clock;
  /** Aborted when the server is being stopped: streams would keep it alive. */
  readonly closing: AbortSignal;
  /** Whose pages may listen from a browser; null: nobody's. */
  readonly corsOrigins: CorsOrigins | null;
  /** Streams that may be open at once; each holds a socket. */
  readonly maxFlagStreams?: number;
  readonly heartbeat?: Duration;
  /** Between two looks at who was told and has not asked. */
  readonly sweep?: Duration;
}

const MAX_STREAMS = 10_000;

/**
 * Tells clients that their flags may have changed, as OFREP's event streams: `id` is the revision, `event` is `message`.
 * The address is the credential. Who comes again, with a `Last-Event-ID`, or of whom it is not known what it has, is told
 * at once.
 */
export function flagStreamRouter(options: FlagStreamOptions): Router {
  const { flagClients, streamUrls, clock, closing, corsOrigins, maxFlagStreams = MAX_STREAMS } = options;
  const { heartbeat, sweep } = options;
  const now = (): number => clock.now();
  const hub = new StreamHub({
    now,
    closing,
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(sweep === undefined ? {} : { sweep }),
  });
  const passedOn = new WeakSet<Followed>();
  const router = Router();
  router.use(STREAM_PATH, cors({ origins: corsOrigins, methods: ["GET"] }));
  // Without a body a stream would be open for nobody: express takes HEAD for GET.
  router.head(STREAM_PATH, onlyMethods("GET"));
  router.get(STREAM_PATH, async (request, response) => {
    const { application, clientKey, expiresAt } = streamUrls.check(request.query, now());
    if (hub.size >= maxFlagStreams)
      throw new HttpProblem("overloaded", `${maxFlagStreams} event streams are open already`);
    const followed = await flagClients.follow(application);
    if (followed === undefined)
      throw new HttpProblem("not_found", `no policy names the application "${application}" any more`);
    if (closing.aborted) throw new HttpProblem("not_ready", "the server is being stopped");
    // Who has gone meanwhile would never be heard of again.
    if (response.destroyed) return;
    if (!passedOn.has(followed)) {
      passedOn.add(followed);
      followed.subscribe(({ set }) => hub.send(application, refetch(set.revision, now())));
    }
    const connection = followed.connect(clientKey, Boolean(request.headers["last-event-id"]));
    const { stillBehind, hangUp } = connection;
    const stream: HubStream = { response, application, clientKey, expiresAt, stillBehind, hangUp };
    hub.add(stream);
    response.once("close", () => connection.leave());
    begin(response);
    const { revision } = followed.audience;
    if (connection.behind) hub.tell(stream, refetch(revision, now()));
    // An id without data is no event, and is sent back by who comes again.
    else response.write(`id: ${revision}\n\n`);
  });
  router.all(STREAM_PATH, onlyMethods("GET"));
  return router;
}

/** Not in chunks: three writes to the socket would become of each message. The body ends with the connection. */
function begin(response: Response): void {
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    Connection: "close",
  });
  // Those that were hung up on in one moment do not all come back in one.
  response.write(`retry: ${1_000 + Math.floor(Math.random() * 500)}\n\n`);
}

/** `etag` comes back as `flagConfigEtag`: flags of at least that revision are asked for. */
function refetch(revision: number, at: number): Buffer {
  const lastModified = Math.floor(at / 1_000);
  const data = { type: "refetchEvaluation", etag: String(revision), lastModified };
  return Buffer.from(`id: ${revision}\nevent: message\ndata: ${JSON.stringify(data)}\n\n`);
}
