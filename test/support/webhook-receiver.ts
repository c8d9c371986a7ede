import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface WebhookReceiver {
  readonly url: string;
  /** Everything posted so far, in order; each is answered with 200. */
  readonly received: readonly Delivery[];
  stop(): Promise<void>;
}

export interface Delivery {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: WebhookBody;
}

export interface WebhookBody {
  readonly version: string;
  readonly status: string;
  readonly receiver: string;
  readonly truncatedAlerts: number;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly WebhookAlert[];
}

export interface WebhookAlert {
  readonly status: string;
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * A local stand-in for whatever Alertmanager notifies: it keeps what it gets.
 * @param port default: one of its own
 */
export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // Where Rollguard would be, Prometheus scrapes too.
      if (request.method === "GET") return void response.end();
      const body = JSON.parse(Buffer.concat(chunks).toString()) as WebhookBody;
      received.push({ at: Date.now(), headers: request.headers, body });
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
