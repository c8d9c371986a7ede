import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import request from "supertest";
import { createEmbeddedStore } from "../../../src/adapters/store/embedded/embedded-store.ts";
import type { StateStore } from "../../../src/app/ports.ts";
import type { LedgerEvent } from "../../../src/domain/event.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { Stopper } from "../../support/stopper.ts";
import { storeWith } from "../../support/store-with.ts";
import { until } from "../../support/until.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  triggers: [{ alert: "Slow", tier: "phase" }],
  tiers: { phase: { trafficCap: 30 } },
});
const STREAM = "/api/v1/applications/shop/stream";
const running = new Stopper();

afterEach(() => running.stop());

interface Served {
  readonly app: TestApp;
  readonly port: number;
}

async function serve(
  other: (store: StateStore) => Partial<StateStore>,
  options: Partial<Parameters<typeof startTestApp>[0]> = {},
): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), "rollguard-readers-"));
  running.add(() => rm(directory, { recursive: true, force: true }));
  const observer = { lockWaited() {}, transacted() {}, conflicted() {} };
  const store = createEmbeddedStore({ directory, observer });
  running.add(() => store.close());
  const app = await running.start(
    startTestApp({ policies: [shop], store: storeWith(store, other(store)), ...options }),
  );
  const server = createServer(app.app).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  running.add(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await request(server)
    .post("/api/v1/alerts")
    .send(webhookBody([alertBody("Slow")]))
    .expect(200);
  return { app, port: (server.address() as AddressInfo).port };
}

/** A reader that takes nothing once it is answered. */
async function open(port: number): Promise<{ head: string; socket: Socket; gone: Promise<void> }> {
  const socket = connect(port, "127.0.0.1");
  running.add(async () => socket.destroy());
  socket.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(`GET ${STREAM}?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  const head = await new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
  socket.pause();
  return { head, socket, gone };
}

test("a reader that does not read is cut off, costs no more than its bound, and counts until its socket is gone", async () => {
  let given = 0;
  const { port } = await serve(
    (store) => ({
      // A ledger without end, as far as this reader is concerned.
      async events(application, { after = 0, limit }) {
        const [event] = await store.events(application, { after: 0, limit: 1 });
        given += limit;
        const detail = "x".repeat(10_000);
        return Array.from({ length: limit }, (_, at) => ({
          ...(event as LedgerEvent),
          detail,
          revision: after + 1 + at,
        }));
      },
    }),
    { maxStreams: 2, streamPatience: 300 },
  );
  const readers = [await open(port), await open(port)];
  expect(readers.map(({ head }) => head.slice(0, 15))).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
  expect((await open(port)).head).toContain("503 Service Unavailable");
  // Its place is free again only because the server has closed the socket, which nobody here has.
  await until(
    "a place",
    async () => (await open(port)).head.slice(9, 12),
    (status) => status === "200",
  );
  // What was read of the ledger for them: what their sockets took, and a page of a hundred more for each.
  expect(given * 10_000).toBeLessThan(100 * 1024 ** 2);
});

test("whatever waits is done between the pages of those who catch up, also where the store answers at once", async () => {
  let beats = 0;
  let isOver = false;
  const beat = (): void => {
    beats += 1;
    if (!isOver) setImmediate(beat);
  };
  const pages: number[] = [];
  const { port } = await serve((store) => ({
    async events(application, { after = 0, limit }) {
      const [event] = await store.events(application, { after: 0, limit: 1 });
      pages.push(beats);
      return Array.from({ length: after < 3_000 ? limit : 0 }, (_, at) => ({
        ...(event as LedgerEvent),
        revision: after + 1 + at,
      }));
    },
  }));
  beat();
  const readers = await Promise.all([open(port), open(port), open(port)]);
  for (const { socket } of readers) socket.resume();
  await until(
    "all pages",
    async () => pages.length,
    (read) => read >= 3 * 31,
  );
  isOver = true;
  // In three beats one after another of an event loop there is no room for five pages.
  for (const [index, at] of pages.entries()) expect((pages[index + 4] ?? Infinity) - at).toBeGreaterThan(1);
});

test("a reader that reads slowly is not cut off: it catches up", async () => {
  let pages = 0;
  const large = "x".repeat(6_000_000);
  const { port } = await serve(
    (store) => ({
      async events(application, { after = 0, limit }) {
        const [event] = await store.events(application, { after: 0, limit: 1 });
        pages += 1;
        return Array.from({ length: pages === 1 ? limit : 0 }, (_, at) => ({
          ...(event as LedgerEvent),
          detail: at < 2 ? large : "",
          revision: after + 1 + at,
        }));
      },
    }),
    { streamPatience: 1_000 },
  );
  const { socket } = await open(port);
  // About 2 MB a second: what waits for it takes longer than the patience.
  const reading = setInterval(() => socket.read(100_000), 50);
  running.add(async () => clearInterval(reading));
  await until(
    "the next page",
    async () => pages,
    (read) => read > 1,
  );
});

test("a HEAD is no reader", async () => {
  const { app } = await serve(() => ({}), { maxStreams: 1 });
  for (let time = 0; time < 3; time++) await request(app.app).head(STREAM).expect(405);
});

test.each(["read", "changes"] as const)(
  "a stream that is being opened when the server is stopped ends at once: the store answers to %s only then",
  async (what) => {
    const asked = latch();
    const held = latch();
    let holds = false;
    const hold = async <T>(work: Promise<T>): Promise<T> => {
      const done = await work;
      if (!holds) return done;
      asked.open();
      await held.opened;
      return done;
    };
    const { app, port } = await serve((store) =>
      what === "read"
        ? { read: (application) => hold(store.read(application)) }
        : { changes: (application, listener) => hold(store.changes(application, listener)) },
    );
    holds = true;
    const answer = fetch(`http://127.0.0.1:${port}${STREAM}`).then(({ status }) => status);
    await asked.opened;
    const stopped = app.stop();
    held.open();
    expect(await answer).toBe(503);
    await stopped;
  },
);

function latch(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
