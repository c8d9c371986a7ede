import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { SampleApp } from "./sample-app.ts";

export interface FaultsServer {
  /** POST faults as JSON, DELETE to recover. */
  readonly url: string;
  stop(): Promise<void>;
}

type Fault = (app: SampleApp, value: number) => void;

/** Each with one number; `down` takes the time that nobody has to write. */
const FAULTS: ReadonlyMap<string, Fault> = new Map([
  ["errors", (app, percent) => app.failRequests(percent)],
  ["latency", (app, milliseconds) => app.slowDown(milliseconds)],
  ["tests", (app, percent) => app.passTests(percent)],
  ["healthChecks", (app, inARow) => app.failHealthChecks(inARow)],
  ["down", (app) => app.goDown()],
]);

const HELP = `POST {"errors": percent, "latency": ms, "tests": percent that pass, "healthChecks": failed in a row, "down": 1}, or DELETE`;

/** Lets people break the sample application with curl. It has a port of its own: an application that is down has none. */
export async function startFaultsServer(app: SampleApp): Promise<FaultsServer> {
  const server = createServer(async (request, response) => {
    const answer = request.url === "/faults" ? await apply(app, request) : [404, "only /faults is here"];
    const [status, text] = answer as [number, string];
    response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/faults`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function apply(app: SampleApp, request: IncomingMessage): Promise<[number, string]> {
  if (request.method === "DELETE") {
    app.recover();
    return [200, "the application is healthy again"];
  }
  if (request.method !== "POST") return [405, HELP];
  const faults = await readFaults(request);
  if (faults === undefined) return [400, HELP];
  for (const [name, value] of faults) FAULTS.get(name)?.(app, value);
  return [200, `broken: ${faults.map(([name, value]) => `${name} ${value}`).join(", ")}`];
}

/** Undefined unless every name is known and every value is a number. */
async function readFaults(request: IncomingMessage): Promise<[string, number][] | undefined> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  try {
    const faults = Object.entries(JSON.parse(body) as Record<string, unknown>);
    const isRight = ([name, value]: [string, unknown]): boolean =>
      FAULTS.has(name) && typeof value === "number" && value >= 0;
    return faults.length > 0 && faults.every(isRight) ? (faults as [string, number][]) : undefined;
  } catch {
    return undefined;
  }
}
