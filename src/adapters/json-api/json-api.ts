import { setTimeout as delay } from "node:timers/promises";
import type { ZodType } from "zod";
import { RollguardError } from "../../domain/errors.ts";
import { type Duration, formatDuration } from "../../domain/time.ts";
import { ask, TooLarge, TooLate } from "./ask.ts";
import { reasonOf, saidBy } from "./failure.ts";
import { serverAt } from "./server.ts";

export interface JsonApiOptions {
  /** What failures call it: `Prometheus`. */
  readonly name: string;
  /** `http://[user:password@]host[:port][/path]`; the API is below its path. */
  readonly url: string;
  /** Of each attempt, its whole answer included. */
  readonly timeout?: Duration;
  readonly attempts?: number;
  /** Bytes of an answer, unpacked. */
  readonly maxAnswer?: number;
  /** Ends whatever is under way. */
  readonly signal?: AbortSignal;
}

/** How long one question is waited for, where that is not as for all others. */
export type Patience = Pick<JsonApiOptions, "timeout" | "attempts">;

export type Parameters = readonly (readonly [name: string, value: string])[];

/** A server that is asked, and answers JSON. Asking changes nothing there, so it may be asked again. */
export interface JsonApi {
  /** @throws RollguardError `source_unavailable`, as `post` */
  get<T>(path: string, parameters: Parameters, schema: ZodType<T>, patience?: Patience): Promise<T>;
  /**
   * The parameters go as a form: an expression may be longer than an address may be.
   * @throws RollguardError `source_unavailable`: it did not answer, did not like the question, or answered something
   *   else than the schema says. The message names the server and the reason, and never the address's password.
   */
  post<T>(path: string, parameters: Parameters, schema: ZodType<T>, patience?: Patience): Promise<T>;
}

const TIMEOUT: Duration = 3_000;
const ATTEMPTS = 3;
/** The targets of a Prometheus with a few thousand of them. */
const MAX_ANSWER = 32 * 1024 * 1024;
/** Before the second attempt; before each further one it is three times as long as before the last. */
const FIRST_PAUSE: Duration = 100;

/** What went wrong, and whether it may go right the next time. */
class Failure extends Error {
  readonly again: boolean;

  constructor(message: string, again: boolean, cause?: unknown) {
    super(message, { cause });
    this.again = again;
  }
}

interface Question<T> {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly parameters: Parameters;
  readonly schema: ZodType<T>;
}

/** @throws Error when the address is no URL */
export function createJsonApi(options: JsonApiOptions): JsonApi {
  const { name, maxAnswer = MAX_ANSWER, signal } = options;
  const server = serverAt(name, options.url);

  async function once<T>({ method, path, parameters, schema }: Question<T>, timeout: Duration) {
    const request = server.request(method, path, parameters);
    const answer = await ask(request, { timeout, signal, maxAnswer }).catch((error: unknown) => {
      if (signal?.aborted === true) throw new Failure(`${name} was not asked: Rollguard is stopping`, false);
      if (error instanceof TooLarge)
        throw new Failure(`${name} answered more than ${maxAnswer} bytes on ${path}`, false, error);
      const reason =
        error instanceof TooLate ? `no answer within ${formatDuration(timeout)}` : reasonOf(error);
      throw new Failure(`${name} does not answer: ${reason}`, true, error);
    });
    if (answer.location !== null) {
      const to = answer.location === "" ? "" : ` to ${answer.location}`;
      throw new Failure(`${name} answered a redirect${to}: its address must be the one that answers`, false);
    }
    if (!answer.ok) {
      const said = saidBy(answer.body);
      const text = `${name} answered ${answer.status}${said === "" ? "" : `: ${said}`}`;
      throw new Failure(text, answer.code >= 500);
    }
    return parse(answer.body, path, schema);
  }

  function parse<T>(body: string, path: string, schema: ZodType<T>): T {
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch (error) {
      throw new Failure(`${name} answered no JSON on ${path}: does the address lead to it?`, false, error);
    }
    const result = schema.safeParse(json);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const what =
      issue === undefined ? "" : `: ${issue.path.map(String).join(".") || "all of it"}: ${issue.message}`;
    throw new Failure(`${name} answered something unknown on ${path}${what}`, false);
  }

  async function insist<T>(question: Question<T>, { timeout = TIMEOUT, attempts = ATTEMPTS }: Patience) {
    let pause = FIRST_PAUSE;
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(question, timeout);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (!error.again || attempt >= attempts) {
          throw new RollguardError("source_unavailable", error.message, { cause: error.cause });
        }
      }
      // Stopping ends the pause too; the attempt after it says so.
      await delay(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      pause *= 3;
    }
  }

  return {
    get: (path, parameters, schema, patience = {}) =>
      insist({ method: "GET", path, parameters, schema }, { ...options, ...patience }),
    post: (path, parameters, schema, patience = {}) =>
      insist({ method: "POST", path, parameters, schema }, { ...options, ...patience }),
  };
}
