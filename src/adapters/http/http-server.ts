import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Milliseconds. A sender that needs longer for one request is not there any more. */
const REQUEST_TIMEOUT = 60_000;

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
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return { host, port: address.port, stop: (grace) => stop(server, grace) };
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
function stop(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const cutOff = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cutOff);
      resolve();
    });
  });
}
