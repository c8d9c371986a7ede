import type { ErrorCode } from "../../domain/errors.ts";

/** What can go wrong before a request reaches a use case. */
export type HttpProblemCode =
  | "invalid_json"
  | "invalid_body"
  | "invalid_context"
  | "targeting_key_missing"
  | "prometheus_posted_here"
  | "unsupported_encoding"
  | "payload_too_large"
  | "client_closed_request"
  | "overloaded"
  | "too_many_requests"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "not_ready"
  | "invalid_policy"
  | "invalid_request"
  | "no_backup"
  | "stream_expired"
  | "refused"
  | "preflight_failed"
  | "internal";

export type ProblemCode = ErrorCode | HttpProblemCode;

/** A request that cannot be served as it is; `detail` tells its sender what to do. */
export class HttpProblem extends Error {
  readonly code: HttpProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the reply's body besides the usual ones. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    code: HttpProblemCode,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = "HttpProblem";
    this.code = code;
    this.headers = headers;
    this.more = more;
  }
}
