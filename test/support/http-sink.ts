import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { SELF_SIGNED } from "./self-signed.ts";

/** Takes what is posted, and answers as it is told. */
export interface HttpSink {
  /** `http://127.0.0.1:<port>`, or with `https:`. */
  readonly url: string;
  /** Everything that came, in its order, also what was answered badly. */
  readonly received: readonly Received[];
  /** What the coming requests are answered with, one after the other; then it is `otherwise` again. */
  next(...answers: readonly Answer[]): void;
  stop(): Promise<void>;
}

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: Received) => void;

export async function startHttpSink({
  otherwise = answering(200),
  tls = false,
}: {
  readonly otherwise?: Answer;
  /** With a certificate that nobody trusts. */
  readonly tls?: boolean;
} = {}): Promise<HttpSink> {
  const received: Received[] = [];
  const queue: Answer[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      const answer = queue.shift() ?? otherwise;
      answer(response, one);
    });
  };
  const server = tls ? createTlsServer(SELF_SIGNED, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    received,
    next: (...answers) => void queue.push(...answers),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answering(status: number, body = "", headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** It never answers. */
export const hanging: Answer = () => undefined;

/** The connection breaks before there is an answer. */
export const breaking: Answer = (response) => {
  response.socket?.destroy();
};

/** Something that is not HTTP. */
export const babbling: Answer = (response) => {
  response.socket?.end("SSH-2.0-OpenSSH_9.6\r\n\r\n");
};
