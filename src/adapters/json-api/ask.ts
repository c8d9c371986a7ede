import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { ServerRequest } from "./server.ts";

export interface Answer {
  readonly code: number;
  /** `503 Service Unavailable` */
  readonly status: string;
  readonly ok: boolean;
  /** Where a redirect leads, without what may be secret in it; null: it is none. */
  readonly location: string | null;
  readonly body: string;
}

export interface AskOptions {
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Bytes, unpacked. */
  readonly maxAnswer: number;
}

export class TooLarge extends Error {}
export class TooLate extends Error {}

/** Node closes idle sockets on its side before most servers do: a question on a socket that is just being closed fails. */
const AGENT = { keepAlive: true, keepAliveMsecs: 10_000, maxSockets: 64, timeout: 30_000 };
const plain = new PlainAgent(AGENT);
const tls = new TlsAgent(AGENT);

/**
 * One attempt. A redirect is told rather than followed: it would lead a question, and a password, to who knows whom.
 * By hand and not by `fetch`, which takes three times as much of the processor.
 * @throws TooLarge, TooLate; what Node's `http` throws; an Error when the signal ends it
 */
export function ask(question: ServerRequest, options: AskOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, timeout, maxAnswer } = options;
    const { url, method, headers, body } = question;
    const [send, agent] = url.protocol === "https:" ? [tlsRequest, tls] : [plainRequest, plain];
    const request = send(url, { method, headers, agent });
    const end = (error: Error): void => void request.destroy(error);
    const late = setTimeout(() => end(new TooLate()), timeout);
    const stop = (): void => end(new Error("ended"));
    signal?.addEventListener("abort", stop);
    if (signal?.aborted === true) stop();
    request.on("close", () => {
      clearTimeout(late);
      signal?.removeEventListener("abort", stop);
    });
    request.on("error", reject);
    request.on("response", (response) => {
      read(response, maxAnswer).then(
        (text) => resolve(answerOf(response, url, text)),
        (error: Error) => {
          reject(error);
          end(error);
        },
      );
    });
    request.end(body);
  });
}

function answerOf(response: IncomingMessage, url: URL, body: string): Answer {
  const { statusCode: code = 0, statusMessage = "", headers } = response;
  const redirected = code >= 300 && code < 400;
  return {
    code,
    status: `${code} ${statusMessage}`.trim(),
    ok: code >= 200 && code < 300,
    location: redirected ? placeOf(headers.location, url) : null,
    body,
  };
}

async function read(response: IncomingMessage, maxAnswer: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpacked(response)) {
    size += (chunk as Buffer).length;
    // To leave the loop gives the connection up.
    if (size > maxAnswer) throw new TooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Nobody is asked to pack; a proxy in between may do so all the same. */
function unpacked(response: IncomingMessage): Readable {
  const packing = response.headers["content-encoding"];
  const unpack =
    packing === "gzip"
      ? createGunzip()
      : packing === "deflate"
        ? createInflate()
        : packing === "br"
          ? createBrotliDecompress()
          : null;
  if (unpack === null) return response;
  response.on("error", (error) => unpack.destroy(error));
  return response.pipe(unpack);
}

function placeOf(location: string | undefined, from: URL): string {
  if (location === undefined || !URL.canParse(location, from.href)) return "";
  const { origin, pathname } = new URL(location, from);
  return `${origin}${pathname}`;
}
