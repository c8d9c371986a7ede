import { type IncomingMessage, request as plainRequest, STATUS_CODES } from "node:http";
import { request as tlsRequest } from "node:https";
import { DeliveryError } from "../../../app/notify/notifier.ts";
import { type Duration, formatDuration } from "../../../domain/time.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { whyNothingCame } from "./why-nothing-came.ts";

export interface Post {
  /** What failures call the service: `PagerDuty`. */
  readonly name: string;
  /** May hold a user and a password, which go into a header; and a token, which is told nobody. */
  readonly url: URL;
  readonly body: string;
  /** `application/json` without. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** For all of it, the answer included. */
  readonly timeout?: Duration;
}

export interface Posted {
  readonly code: number;
  /** `503 Service Unavailable`: the code in our words, since the service's own may repeat anything. */
  readonly status: string;
  readonly retryAfter: Duration | null;
  /** As much of it as is read. */
  readonly body: string;
}

const TIMEOUT: Duration = 10_000;
/** Bytes: what is longer tells nothing more, and somebody may never end it. */
const MAX_ANSWER = 65_536;

/**
 * One attempt; whoever asks decides what an answer means, be it a redirect: to follow it would bring secrets to who knows whom.
 * @throws DeliveryError `unavailable`: nothing came. Its message holds nothing of the address but what DNS and TCP know too.
 */
export function postJson(post: Post): Promise<Posted> {
  const { name, body, contentType = "application/json", signal, timeout = TIMEOUT } = post;
  return new Promise((resolve, reject) => {
    const { url, authorization } = withoutUser(post.url);
    const send = url.protocol === "https:" ? tlsRequest : plainRequest;
    const request = send(url, {
      method: "POST",
      // Posts are rare: a kept connection would be closed by the other side just when it is used again.
      agent: false,
      headers: {
        accept: "application/json",
        "accept-encoding": "identity",
        "content-type": contentType,
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "Rollguard",
        ...authorization,
        ...post.headers,
      },
    });
    let isSettled = false;
    const end = (settle: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(late);
      signal.removeEventListener("abort", stop);
      settle();
      request.destroy();
    };
    const fail = (why: string): void => end(() => reject(new DeliveryError("unavailable", `${name} ${why}`)));
    const stop = (): void => fail("was not told: the delivery was cut off");
    const late = setTimeout(
      () => fail(`does not answer: no answer within ${formatDuration(timeout)}`),
      timeout,
    );
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    request.on("error", (error) => fail(whyNothingCame(error)));
    request.on("response", (response) => {
      read(response, (text) => end(() => resolve(answerOf(response, text))), fail);
    });
    request.end(body);
  });
}

function read(response: IncomingMessage, done: (body: string) => void, fail: (why: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (): void => done(Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString("utf8"));
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER) finish();
  });
  response.on("end", finish);
  response.on("error", (error) => fail(whyNothingCame(error)));
}

function answerOf({ statusCode: code = 0, headers }: IncomingMessage, body: string): Posted {
  const status = `${code} ${STATUS_CODES[code] ?? ""}`.trim();
  return { code, status, retryAfter: parseRetryAfter(headers["retry-after"], Date.now()), body };
}

function withoutUser(address: URL): { url: URL; authorization: { authorization?: string } } {
  const url = new URL(address);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url, authorization: {} };
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { url, authorization: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } };
}

/** A % that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
