import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const ACCEPTABLE = /^[\w.:-]{1,64}$/;

/** Gives each request an id, the sender's own if it is harmless, and says it in the reply. */
export function requestIds(): (request: IncomingMessage, response: ServerResponse) => void {
  const prefix = randomBytes(4).toString("hex");
  let count = 0;
  return (request, response) => {
    const sent = request.headers["x-request-id"];
    count += 1;
    const id = typeof sent === "string" && ACCEPTABLE.test(sent) ? sent : `${prefix}-${count}`;
    response.setHeader("X-Request-Id", id);
  };
}

export function requestIdOf(response: { getHeader(name: string): unknown }): string {
  return String(response.getHeader("X-Request-Id") ?? "");
}
