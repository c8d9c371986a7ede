import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Credential } from "../../src/adapters/http/access.ts";
import type { PreflightReport } from "../../src/app/preflight.ts";
import { loadPolicies } from "../../src/config/policy-files.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { startTestApp, type TestApp } from "../support/http-app.ts";
import { type Ran, type RunOptions, run } from "./run.ts";
import { placeFor } from "./shop.ts";

/** What `now` is, at the server and at the command line. */
export const NOW = Date.parse("2026-11-20T03:00:00Z");

export interface CliServerOptions {
  readonly policies: readonly Policy[];
  readonly production?: boolean;
  readonly preflight?: PreflightReport;
  readonly credentials?: readonly Credential[];
}

/** A server on a loopback port, and a command line that talks to it. */
export interface CliServer {
  readonly url: string;
  readonly app: TestApp;
  /** Runs a command as the user `ada`, who sits at no terminal. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Every request that came, as `POST /api/…`. */
  readonly requests: string[];
  /** Takes it off the network, streams and all; the state stays. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCliServer(options: CliServerOptions): Promise<CliServer> {
  const app = await startTestApp({ now: NOW, ...options });
  const requests: string[] = [];
  let server: Server;
  let port = 0;
  const listen = async (): Promise<void> => {
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      app.app(request, response);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  };
  const leave = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await listen();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    app,
    requests,
    run: (argv, { environment, ...more } = {}) =>
      run(argv, {
        environment: { ROLLGUARD_URL: url, ...environment },
        user: "ada",
        clock: STILL,
        ...more,
      }),
    leave,
    comeBack: listen,
    async stop() {
      await leave();
      await app.stop();
    },
  };
}

/** It is always the same time, and a second passes at once. */
const STILL: NonNullable<RunOptions["clock"]> = {
  now: () => NOW,
  sleep: () => new Promise((resolve) => setTimeout(resolve, 20)),
};

/** Policies from their text. */
export async function policiesFrom(...texts: readonly string[]): Promise<readonly Policy[]> {
  const place = await placeFor(Object.fromEntries(texts.map((text, index) => [`${index}.yaml`, text])));
  try {
    const { policies, problems } = loadPolicies(place.directory);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
    return policies;
  } finally {
    await place.remove();
  }
}
