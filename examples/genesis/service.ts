import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Answerer } from "./answer-user.ts";
import { FAULTS, type FaultName, isFaultName } from "./faults.ts";
import type { Features } from "./features.ts";
import { GenesisMetrics } from "./genesis-metrics.ts";
import { startSelfTests } from "./self-tests.ts";

export interface ServiceOptions {
  readonly features: Features;
  /** Default: a free port of 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  /** What is wrong from the start on. */
  readonly fault?: FaultName | null;
  /** Milliseconds between two runs of its tests. */
  readonly testsEvery?: number;
  /** What the fault `crash` does. */
  readonly crash?: () => void;
}

export interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: string | object;
  readonly contentType?: string;
}

const FAULT_NAMES = Object.keys(FAULTS).join(", ");
const MAX_BODY = 1_000;

/**
 * A small web service in the place of Genesis: `GET /?user=ada` is its work, `/metrics` is for Prometheus, `/healthz`
 * says that it lives, and `/fault` breaks it (POST `{"fault": "errors"}`) and mends it (DELETE).
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { features, host = "127.0.0.1", port = 0, testsEvery = 5_000 } = options;
  const { crash = () => process.exit(1) } = options;
  const metrics = new GenesisMetrics();
  let fault = options.fault ?? null;
  const answerer = new Answerer({ features, metrics, fault: () => fault, crash });

  const serveUser = async (user: string): Promise<Reply> => {
    const begun = performance.now();
    const { system, variant, features: met, failed } = await answerer.answer(user);
    metrics.countRequest({ seconds: (performance.now() - begun) / 1_000, failed, variant });
    return { status: failed ? 500 : 200, body: { user, system, features: met } };
  };
  const changeFault = async (request: IncomingMessage): Promise<Reply> => {
    if (request.method === "DELETE") {
      fault = null;
      return { status: 200, body: { fault } };
    }
    const asked = request.method === "POST" ? await readFault(request) : undefined;
    if (asked === undefined)
      return { status: 400, body: `POST {"fault": …}, one of ${FAULT_NAMES}; or DELETE\n` };
    fault = asked;
    return { status: 200, body: { fault, description: FAULTS[fault].description } };
  };
  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://genesis");
    if (pathname === "/") return serveUser(searchParams.get("user") ?? "somebody");
    if (pathname === "/healthz") return { status: 200, body: { status: "ok" } };
    if (pathname === "/metrics")
      return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
    if (pathname === "/fault") return changeFault(request);
    return { status: 404, body: "there are /, /metrics, /healthz and /fault\n" };
  };

  const server = createServer((request, response) => {
    reply(request).then(
      (given) => send(response, given),
      (error: unknown) => send(response, { status: 500, body: `${error}\n` }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const tests = startSelfTests({ answerer, metrics, every: testsEvery });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      tests.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, { status, body, contentType }: Reply): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": contentType ?? (isText ? "text/plain" : "application/json") });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}

async function readFault(request: IncomingMessage): Promise<FaultName | undefined> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) return undefined;
  }
  try {
    const { fault } = JSON.parse(text) as { fault?: unknown };
    return isFaultName(fault) ? fault : undefined;
  } catch {
    return undefined;
  }
}
