import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { cpuSeconds } from "../../support/cpu-seconds.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { bulk, shop, single } from "./ofrep-shop.ts";

const MIB = 1024 ** 2;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ policies: [shop] });
});
afterAll(() => app.stop());

const nested = (depth: number, open: string, close: string): string =>
  `{"context":${open.repeat(depth)}1${close.repeat(depth)}}`;

describe("a context", () => {
  it.each([
    ["10,000 attributes", JSON.stringify({ context: attributes(10_000) }), 200],
    ["a text of a megabyte", JSON.stringify({ context: { region: "x".repeat(MIB - 100) } }), 200],
    ["300,000 numbers", JSON.stringify({ context: { list: Array(300_000).fill(1) } }), 200],
    ["32 levels", nested(32, '{"a":', "}"), 200],
    ["33 levels", nested(33, '{"a":', "}"), 400],
    ["150,000 levels of objects", nested(150_000, '{"a":', "}"), 400],
    ["250,000 levels of lists", nested(250_000, "[", "]"), 400],
    ["a targeting key of 1,024", JSON.stringify({ context: { targetingKey: "x".repeat(1_024) } }), 200],
    ["a targeting key of 1,025", JSON.stringify({ context: { targetingKey: "x".repeat(1_025) } }), 400],
    ["lone surrogates", '{"context":{"targetingKey":"\\ud800","\\udfff":"\\ud800"}}', 200],
    ["numbers beyond all bounds", '{"context":{"a":1e999,"b":-0,"c":123456789012345678901234567890}}', 200],
    ["a megabyte and a byte", `{"context":{}${" ".repeat(MIB)}}`, 413],
  ])("with %s is answered in bounded time", async (_what, body, status) => {
    const before = cpuSeconds();
    const replies = [await bulk(app, body), await single(app, "search", body)];
    expect(cpuSeconds() - before).toBeLessThan(5);
    expect(replies.map((reply) => reply.status)).toEqual([status, status]);
    if (status === 413) expect(replies[0]?.body.errorDetails).toContain("fewer attributes");
  });

  it("with a member called __proto__ has that attribute, and no other prototype", async () => {
    const proto = '{"context":{"targetingKey":"bob","__proto__":"x"}}';
    expect((await single(app, "pilot", proto)).body).toMatchObject({
      value: true,
      reason: "TARGETING_MATCH",
    });
    const inherited = '{"context":{"targetingKey":"bob","__proto__":{"region":"eu"}}}';
    expect((await single(app, "pilot", inherited)).body.value).toBe(false);
    const etags = [proto, inherited].map(async (body) => (await bulk(app, body)).headers.etag);
    expect(new Set(await Promise.all(etags)).size).toBe(2);
  });

  it("whose body is compressed or no UTF-8 is refused in words", async () => {
    const gzip = await single(app, "search", "{}", { headers: { "Content-Encoding": "gzip" } });
    expect(gzip.status).toBe(415);
    const server = createServer(app.app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const body = Buffer.from('{"context":{"targetingKey":"\xff"}}', "latin1");
    const reply = await fetch(`http://127.0.0.1:${port}/ofrep/v1/evaluate/flags/search`, {
      method: "POST",
      body,
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ key: "search", errorCode: "PARSE_ERROR" });
    server.close();
  });
});

it("too many large bodies at once are told to wait, by the status that clients wait for", async () => {
  const server = createServer(app.app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const most = "x".repeat(MIB - 200);
  const hold = (): Socket => {
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${MIB - 100}\r\n\r\n${most}`,
    );
    return socket;
  };
  const held = Array.from({ length: 9 }, hold);
  const deadline = Date.now() + 10_000;
  let status = 0;
  while (status !== 429 && Date.now() < deadline) {
    // One that came while we were asking has lost its place.
    held.push(hold());
    const reply = await single(app, "search", { context: { region: "x".repeat(MIB / 2) } });
    status = reply.status;
    if (status === 429) expect(reply.headers["retry-after"]).toBe("5");
  }
  expect(status).toBe(429);
  for (const socket of held) socket.destroy();
  server.closeAllConnections();
  server.close();
});

function attributes(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`attribute-${index}`, index]));
}
