import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Milliseconds. A sender that needs longer for one request is not there any more. */
const REQUEST_TIMEOUT = 60_000;
/** Milliseconds. A request whose head is not all there by then has not begun, and is not waited for. */
const HEAD_WITHIN = 300;

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Takes nothing new, waits at most `grace` milliseconds for what is in flight, then cuts it off. */
  stop(grace: number): Promise<void>;
}

/** @throws Error with `code` `EADDRINUSE`, `EACCES` … as Node gives them */
export async function startHttpServer(
  listener: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT, keepAliveTimeout: 30_000 }, listener);
  const connections = new Connections(server);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return { host, port: address.port, stop: (grace) => stop(server, connections, grace) };
}

/** Node takes a connection on which nothing has come yet, as browsers open them ahead, for one with a request. */
class Connections {
  readonly #open = new Set<Socket>();
  readonly #latest = new WeakMap<Socket, ServerResponse>();

  constructor(server: Server) {
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
    server.on("request", ({ socket }, response) => void this.#latest.set(socket, response));
  }

  /** Those that nobody is about to be answered on. */
  closeUnused(): void {
    for (const socket of this.#open) if (this.#latest.get(socket)?.closed !== false) socket.destroy();
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** A connection that is kept alive turns idle when its last reply is out, and tells nobody: hence the sweep. */
function stop(server: Server, connections: Connections, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const headsAreIn = setTimeout(() => connections.closeUnused(), HEAD_WITHIN);
    const cutOff = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(headsAreIn);
      clearTimeout(cutOff);
      resolve();
    });
  });
}
