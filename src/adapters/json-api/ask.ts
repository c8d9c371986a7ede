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
  /** Ends the attempt when its time is over. */
  readonly limit: AbortSignal;
  readonly signal: AbortSignal | undefined;
  /** Bytes. */
  readonly maxAnswer: number;
}

export class TooLarge extends Error {}

/**
 * One attempt. A redirect is told rather than followed: it would lead a question, and a password, to who knows whom.
 * @throws TooLarge; what `fetch` throws; the reason of a signal
 */
export async function ask({ url, init }: ServerRequest, options: AskOptions): Promise<Answer> {
  const { limit, signal, maxAnswer } = options;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  // By hand: what AbortSignal.any makes of a signal that lives as long as the server is not let go of in Node 20.
  for (const each of [limit, signal]) {
    if (each?.aborted === true) end();
    each?.addEventListener("abort", end);
  }
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: ended.signal });
    const body = await read(response, maxAnswer);
    const { status, statusText, ok, headers } = response;
    const redirected = status >= 300 && status < 400;
    return {
      code: status,
      status: `${status} ${statusText}`.trim(),
      ok,
      location: redirected ? placeOf(headers.get("location"), url) : null,
      body,
    };
  } finally {
    for (const each of [limit, signal]) each?.removeEventListener("abort", end);
  }
}

async function read(response: Response, maxAnswer: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // To leave the loop gives the connection up.
    if (size > maxAnswer) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function placeOf(location: string | null, from: URL): string {
  if (location === null || !URL.canParse(location, from.href)) return "";
  const { origin, pathname } = new URL(location, from);
  return `${origin}${pathname}`;
}
