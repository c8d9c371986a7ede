import type { ServerResponse } from "node:http";
import { problemOf } from "./error-map.ts";

/** Plain `http`, because express' `json()` hashes an ETag for each answer. */
export function sendJson(response: ServerResponse, body: unknown, options: ReplyOptions = {}): void {
  sendJsonText(response, JSON.stringify(body), options);
}

/** The same for what is JSON already. */
export function sendJsonText(
  response: ServerResponse,
  text: string,
  { status = 200, headers = {}, type = "application/json; charset=utf-8" }: ReplyOptions = {},
): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { ...headers, "Content-Type": type, "Content-Length": length });
  response.end(text);
}

/** The revision is what `If-Match` will name. */
export function etag(revision: number): Record<string, string> {
  return { ETag: `"${revision}"` };
}

interface ReplyOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
}

export function sendProblem(response: ServerResponse, error: unknown): number {
  const { status, headers, body } = problemOf(error);
  sendJson(response, body, { status, headers, type: "application/problem+json; charset=utf-8" });
  return status;
}
