import { RollguardError } from "../../domain/errors.ts";
import type { Reason } from "../../domain/reason.ts";
import { HttpProblem, type ProblemCode } from "./problem.ts";

interface Mapping {
  readonly status: number;
  readonly title: string;
}

/** The only place where a failure gets its HTTP status. 5xx only where sending it again helps. */
const MAPPINGS: Readonly<Record<ProblemCode, Mapping>> = {
  bad_request: { status: 400, title: "Bad request" },
  invalid_json: { status: 400, title: "The body is no JSON" },
  invalid_body: { status: 400, title: "The body is no Alertmanager webhook" },
  prometheus_posted_here: { status: 400, title: "The body is no Alertmanager webhook" },
  invalid_context: { status: 400, title: "The evaluation context has errors" },
  targeting_key_missing: { status: 400, title: "The evaluation context has no targeting key" },
  unauthorized: { status: 401, title: "Unauthorized" },
  forbidden: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not found" },
  unknown_application: { status: 404, title: "Unknown application" },
  unknown_flag: { status: 404, title: "Unknown flag" },
  no_backup: { status: 404, title: "No backup" },
  stream_expired: { status: 410, title: "The stream has ended" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  payload_too_large: { status: 413, title: "The body is too large" },
  unsupported_encoding: { status: 415, title: "Unsupported content encoding" },
  refused: { status: 409, title: "Not now" },
  preflight_failed: { status: 409, title: "Not ready to deploy" },
  invalid_request: { status: 422, title: "The request has errors" },
  invalid_policy: { status: 422, title: "The policy has errors" },
  too_many_requests: { status: 429, title: "Too much at once" },
  client_closed_request: { status: 499, title: "The client hung up" },
  internal: { status: 500, title: "Internal error" },
  store_unavailable: { status: 503, title: "The store is unavailable" },
  lock_timeout: { status: 503, title: "The application is busy" },
  source_unavailable: { status: 503, title: "Prometheus or Alertmanager is unavailable" },
  overloaded: { status: 503, title: "Too much at once" },
  not_ready: { status: 503, title: "Not ready" },
};

/** Seconds; an integer, because that is all that clients read. */
const RETRY_AFTER = "5";

export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    readonly code: ProblemCode;
    /** `refused` for a command that changed nothing. */
    readonly reason?: Reason;
  };
}

/** An unforeseen error keeps its message to the log: it may hold what a client must not read. */
export function problemOf(error: unknown): ProblemReply {
  if (error instanceof RollguardError) return reply(error.code, error.message, {});
  if (error instanceof HttpProblem) {
    const answer = reply(error.code, error.message, error.headers);
    return { ...answer, body: { ...answer.body, ...refusal(error.code), ...error.more } };
  }
  return reply("internal", "Something unforeseen happened; the log has it under this request id.", {});
}

/** Commands that are refused say so by the name that the ledger and the metrics use. */
function refusal(code: ProblemCode): { reason?: Reason } {
  return code === "refused" || code === "preflight_failed" || code === "invalid_request"
    ? { reason: "refused" }
    : {};
}

function reply(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>>): ProblemReply {
  const { status, title } = MAPPINGS[code];
  const retry = status === 503 || status === 429 ? { "Retry-After": RETRY_AFTER } : {};
  return {
    status,
    headers: { ...retry, ...headers },
    body: { type: `urn:rollguard:problem:${code}`, title, status, detail, code },
  };
}
