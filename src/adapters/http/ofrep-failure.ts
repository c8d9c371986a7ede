import type { ServerResponse } from "node:http";
import { problemOf } from "./error-map.ts";
import { HttpProblem, type ProblemCode } from "./problem.ts";
import { sendJson } from "./reply.ts";

/** OpenFeature's words for what else is GENERAL. */
const ERROR_CODES: ReadonlyMap<ProblemCode, string> = new Map([
  ["invalid_json", "PARSE_ERROR"],
  ["invalid_context", "INVALID_CONTEXT"],
  ["targeting_key_missing", "TARGETING_KEY_MISSING"],
]);

/**
 * Answers in the shape that OFREP's clients read: without `key` and `errorCode` they lose what `errorDetails` says.
 * @param key of the flag that was asked for; undefined when it was all of them
 */
export function sendFailure(response: ServerResponse, error: unknown, key: string | undefined): void {
  const { status, headers, body } = problemOf(asClientsUnderstand(error));
  const failure = { errorCode: errorCodeOf(body.code, status, key), errorDetails: body.detail };
  sendJson(response, key === undefined ? failure : { key, ...failure }, {
    status,
    headers: { ...headers, "Cache-Control": "no-store" },
  });
}

/** The clients wait as Retry-After says for a 429, and for nothing else. */
function asClientsUnderstand(error: unknown): unknown {
  const isOverloaded = error instanceof HttpProblem && error.code === "overloaded";
  return isOverloaded ? new HttpProblem("too_many_requests", error.message) : error;
}

/** To whoever asks for one flag everything that is not there is that flag, as OFREP has no other 404. */
function errorCodeOf(code: ProblemCode, status: number, key: string | undefined): string {
  if (status === 404 && key !== undefined) return "FLAG_NOT_FOUND";
  return ERROR_CODES.get(code) ?? "GENERAL";
}
