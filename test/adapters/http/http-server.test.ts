import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { startHttpServer } from "../../../src/adapters/http/http-server.ts";
import { Stopper } from "../../support/stopper.ts";

/** Milliseconds: longer than a test may take. */
const GRACE = 3_600_000;
const GET = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const running = new Stopper();

afterEach(() => running.stop());

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  running.add(async () => void socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

function answered(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
}

describe("a server that is stopped", () => {
  test.each([
    ["nothing has come", ""],
    ["half of a request's head has come", GET.slice(0, 10)],
    ["half of the next request's head has come", GET + GET.slice(0, 10)],
  ])("does not wait for a connection on which %s", async (_what, text) => {
    const server = await startHttpServer((_request, response) => response.end(), {
      host: "127.0.0.1",
      port: 0,
    });
    const socket = await connected(server.port);
    const reply = answered(socket);
    socket.write(text);
    if (text.startsWith(GET)) await reply;
    // The server has this connection when it has answered a later one.
    expect((await fetch(`http://127.0.0.1:${server.port}`)).status).toBe(200);
    await server.stop(GRACE);
  });

  test("answers who has asked, however long that takes", async () => {
    const asked = new EventEmitter();
    const server = await startHttpServer(
      (request, response) => {
        if (request.url === "/quick") response.end();
        else asked.emit("request", response);
      },
      { host: "127.0.0.1", port: 0 },
    );
    const [socket, silent] = [await connected(server.port), await connected(server.port)];
    const reply = answered(socket);
    socket.write(GET);
    const [response] = await once(asked, "request");
    await fetch(`http://127.0.0.1:${server.port}/quick`);
    const stopped = server.stop(GRACE);
    // By then it has ended those that nobody asked on.
    await once(silent, "close");
    response.end("slow");
    expect(await reply).toContain("slow");
    await stopped;
  });
});
