import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "@jest/globals";
import request, { type Test } from "supertest";
import { type ReadStream, readStream } from "../../support/event-stream.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { until } from "../../support/until.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  flags: [{ key: "traffic" }, { key: "cache", phase: 6 }],
  triggers: [
    { alert: "CacheBroken", tier: "flag", flags: ["cache"] },
    { alert: "Slow", tier: "phase" },
  ],
  tiers: { phase: { trafficCap: 30 } },
});

type Options = Partial<Parameters<typeof startTestApp>[0]>;

/** Clients of a shop's flags, on a real server. */
export class StreamShop {
  now = 1_790_000_000_000;
  base = "";
  #app: TestApp | null = null;
  #server: Server | null = null;
  #streams: ReadStream[] = [];

  get app(): TestApp {
    if (this.#app === null) throw new Error("not started");
    return this.#app;
  }

  get server(): Server {
    if (this.#server === null) throw new Error("not started");
    return this.#server;
  }

  /** @param port of its own by default */
  async start(options: Options = {}, port = 0): Promise<void> {
    this.#app = await startTestApp({ policies: [shop], clock: { now: () => this.now }, ...options });
    const server = createServer(this.#app.app).listen(port, "127.0.0.1");
    this.#server = server;
    await new Promise((resolve) => server.once("listening", resolve));
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams.splice(0)) stream.close();
    await this.app.stop();
    const closed = new Promise((resolve) => this.server.close(resolve));
    // Clients keep idle connections for seconds.
    this.server.closeAllConnections();
    await closed;
  }

  async restart(options: Options): Promise<void> {
    await this.stop();
    await this.start(options);
  }

  /** A bulk evaluation. @returns the address of the client's stream */
  evaluate(clientKey: string, revision: number, { application = "shop", told = false } = {}): string {
    const [stream] = this.app.clients.onBulk({ application, clientKey, revision, told });
    if (stream === undefined || !("endpoint" in stream)) throw new Error("no stream at this address");
    return this.base + stream.endpoint.requestUri;
  }

  /** The address that was given out then. */
  addressAt(clientKey: string, then: number): string {
    const stream = this.app.clients.streamUrls.of("shop", clientKey, then);
    if (!("endpoint" in stream)) throw new Error("no endpoint");
    return this.base + stream.endpoint.requestUri;
  }

  async open(url: string, headers: Record<string, string> = {}): Promise<ReadStream> {
    const stream = await readStream(url, headers);
    this.#streams.push(stream);
    return stream;
  }

  async listen(clientKey: string, revision = 0, headers: Record<string, string> = {}): Promise<ReadStream> {
    const stream = await this.open(this.evaluate(clientKey, revision), headers);
    expect(stream.status).toBe(200);
    await until("the beginning", stream.text, (text) => text.includes("id:"));
    return stream;
  }

  fire(alert: string): Test {
    return request(this.server)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody(alert)]))
      .expect(200);
  }

  async metrics(): Promise<string> {
    return (await request(this.server).get("/metrics").expect(200)).text;
  }

  count(): number {
    const { current, stale } = this.app.clients.flagClients.count("shop");
    return current + stale;
  }
}

export async function seeing(stream: ReadStream, ids: readonly string[]): Promise<void> {
  await until("the events", stream.ids, (seen) => seen.join() === ids.join());
}
