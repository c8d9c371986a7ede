import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";

/** Origins as browsers send them, or everybody's. */
export type CorsOrigins = ReadonlySet<string> | "*";

export interface CorsOptions {
  /** Null: pages of other origins are told nothing, and their browsers keep the answers from them. */
  readonly origins: CorsOrigins | null;
  /** What may be sent. */
  readonly methods: readonly string[];
}

/** Headers that clients of OFREP send. */
const REQUEST_HEADERS = "content-type, authorization, x-api-key, if-none-match";
/** Headers that pages may read. */
const ANSWER_HEADERS = "ETag, Retry-After, X-Request-Id";
/** Seconds for which a browser need not ask again. */
const MAX_AGE = "600";

/**
 * Lets pages of these origins call a route, and answers their browsers' preflights. Mount it before anything that may
 * refuse a request, so that pages may read why. Cookies are never asked for: a token comes in a header.
 */
export function cors(options: CorsOptions): RequestHandler {
  return (request, response, next) => {
    if (!allowOrigin(request, response, options)) next();
  };
}

/** @returns whether that was all: it was a preflight, and is answered */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  { origins, methods }: CorsOptions,
): boolean {
  if (origins === null) return false;
  // Also for who is not welcome, so that no cache hands their answer on.
  if (origins !== "*") response.appendHeader("Vary", "Origin");
  const { origin, "access-control-request-method": asked } = request.headers;
  if (origin === undefined || !isWelcome(origin, origins)) return false;
  response.setHeader("Access-Control-Allow-Origin", origins === "*" ? "*" : origin);
  if (request.method !== "OPTIONS" || asked === undefined) {
    response.setHeader("Access-Control-Expose-Headers", ANSWER_HEADERS);
    return false;
  }
  response.setHeader("Access-Control-Allow-Methods", methods.join(", "));
  response.setHeader("Access-Control-Allow-Headers", REQUEST_HEADERS);
  response.setHeader("Access-Control-Max-Age", MAX_AGE);
  response.writeHead(204).end();
  return true;
}

export function isWelcome(origin: string | undefined, origins: CorsOrigins | null): boolean {
  if (origins === null) return false;
  return origins === "*" || (origin !== undefined && origins.has(origin));
}
