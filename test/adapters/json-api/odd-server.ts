import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "@jest/globals";
import { RollguardError } from "../../../src/domain/errors.ts";

export interface OddServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What was asked, in its order. */
  readonly seen: readonly SeenRequest[];
  /** From how many connections. */
  connections(): number;
  stop(): Promise<void>;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

export type Step = (response: ServerResponse, request: IncomingMessage) => void;

/** A server that answers each request with the next step, and with the last one from then on. */
export async function startOddServer(...steps: readonly [Step, ...Step[]]): Promise<OddServer> {
  const seen: SeenRequest[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const step = steps[Math.min(seen.length, steps.length - 1)];
    const { method = "", url = "", headers } = request;
    const place = seen.push({ method, url, body: "", authorization: headers.authorization }) - 1;
    let body = "";
    for await (const chunk of request) body += chunk;
    seen[place] = { method, url, body, authorization: headers.authorization };
    step?.(response, request);
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answering(status: number, body: string, headers: Record<string, string> = {}): Step {
  return (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

export function json(value: unknown, status = 200): Step {
  return answering(status, JSON.stringify(value), { "content-type": "application/json" });
}

/** The connection breaks before there is an answer. */
export const breaking: Step = (_, request) => {
  request.socket.destroy();
};

/** It never answers. */
export const hanging: Step = () => undefined;

/** What a question fails of. */
export async function failureOf(asked: Promise<unknown>): Promise<RollguardError> {
  const error = await asked.then(
    (value) => new Error(`it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RollguardError)) throw error;
  expect(error.code).toBe("source_unavailable");
  return error;
}
