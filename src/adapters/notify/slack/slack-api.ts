import {
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
} from "@slack/web-api";
import { type ZodType, z } from "zod";
import { DeliveryError } from "../../../app/notify/notifier.ts";
import type { Duration } from "../../../domain/time.ts";
import { codeIn, rateLimited, SlackRefusal, unreachable } from "./slack-failure.ts";

/** Slack's Web API, for as long as one delivery takes. */
export interface SlackApi {
  /**
   * One attempt.
   * @param place the channel that it is about, as people know it
   * @throws SlackRefusal; DeliveryError `unavailable`, or `refused` by something else than Slack
   */
  call<T>(
    method: string,
    args: Readonly<Record<string, unknown>>,
    schema: ZodType<T>,
    place?: string,
  ): Promise<T>;
}

export interface SlackConnection {
  readonly token: string;
  /** Slack's own unless it is said. */
  readonly apiUrl?: string | undefined;
  /** Of each attempt. */
  readonly timeout?: Duration | undefined;
}

const TIMEOUT: Duration = 10_000;

/** What Slack says of itself with `ok: false` although a later attempt may do. */
const PASSING = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
  "rollup_error",
]);

/** The client would write to the console. */
const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

export function connectSlack(connection: SlackConnection, signal: AbortSignal): SlackApi {
  const { token, apiUrl, timeout = TIMEOUT } = connection;
  let status = 0;
  let failure: unknown;
  const client = new WebClient(token, {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout,
    // Who calls retries, and is on time for it.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
    // The client knows no signal.
    fetch: async (url, init) => {
      const signals = init?.signal ? [signal, init.signal] : [signal];
      try {
        const response = await fetch(url, {
          ...init,
          // One is told with its status; the client only says that the connection failed.
          redirect: "manual",
          signal: AbortSignal.any(signals),
        });
        status = response.status;
        return response;
      } catch (error) {
        // The client keeps of it no more than its text.
        failure = error;
        throw error;
      }
    },
  });

  return {
    async call(method, args, schema, place) {
      status = 0;
      failure = undefined;
      const answer = await client.apiCall(method, { ...args }).catch((error: unknown) => {
        // One without Retry-After is no error of its own to the client.
        if (status === 429) {
          throw rateLimited(error instanceof WebAPIRateLimitedError ? error.retryAfter : null);
        }
        if (error instanceof WebAPIHTTPError) throw answeredBadly(error.statusCode);
        if (error instanceof WebAPIPlatformError) throw refused(error, method, place ?? null);
        if (status === 0 || signal.aborted || isTimeout(error)) throw unreachable(failure ?? error, signal);
        throw malformed(method);
      });
      const result = schema.safeParse(answer);
      if (!result.success) throw malformed(method);
      return result.data;
    },
  };
}

const refusalSchema = z.object({
  error: z.unknown(),
  needed: z
    .string()
    .regex(/^[\w:.,\s-]{1,200}$/)
    .nullable()
    .catch(null),
  response_metadata: z.object({ retryAfter: z.number().nullable().catch(null) }).catch({ retryAfter: null }),
});

function refused(error: WebAPIPlatformError, method: string, place: string | null): Error {
  const data = refusalSchema.parse(error.data);
  const code = codeIn(data.error);
  if (code === null) return malformed(method);
  if (code === "ratelimited" || code === "rate_limited")
    return rateLimited(data.response_metadata.retryAfter);
  if (PASSING.has(code)) return new DeliveryError("unavailable", `Slack is not well: ${code}`);
  return new SlackRefusal(code, method, place, data.needed);
}

/** The body may be what takes too long. */
function isTimeout(error: unknown): boolean {
  return Object(error).name === "TimeoutError";
}

/** By whatever answers in Slack's place, or by Slack when it is not well. */
export function answeredBadly(status: number): DeliveryError {
  if (status >= 500 || status === 408) return new DeliveryError("unavailable", `Slack answered ${status}`);
  return new DeliveryError(
    "refused",
    `Slack answered ${status}: is there a proxy in between that does not let it through?`,
  );
}

function malformed(method: string): DeliveryError {
  return new DeliveryError("unavailable", `Slack answered something unknown on ${method}`);
}
