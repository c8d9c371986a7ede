import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { until } from "../../support/until.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({
  tiers: { phase: { trafficCap: 30 } },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
});

const MAX_BODY = 32 * 1024 ** 2;

let running: TestApp;

beforeEach(async () => {
  running = await startTestApp({ policies: [shop], maxBody: MAX_BODY });
});

afterEach(() => running.stop());

const post = (body: object | string, path = "/api/v1/alerts"): request.Test =>
  request(running.app).post(path).set("Content-Type", "application/json").send(body);

const members = (member: string, count: number): string =>
  `{"alerts":[${Array(count).fill(member).join(",")}]}`;

describe("a body of very many members", () => {
  it.each(["0", "{}", "[]", '""', '{"":{"":0}}'])("%s: 413, soon", async (member) => {
    const body = members(member, Math.floor((MAX_BODY - 100) / (member.length + 1)));
    const reply = await post(body).expect(413);
    expect(reply.body).toMatchObject({ code: "payload_too_large", detail: expect.stringMatching(/2000000/) });
  });

  it("100,001: 413 and the limit", async () => {
    const reply = await post(members("0", 100_001)).expect(413);
    expect(reply.body.detail).toContain("more than 100000 alerts");
  });

  it.each(["/api/v1/alerts", "/api/v1/watchdog"])(
    "100,000 that are no alerts: all are counted, a hundred told (%s)",
    async (path) => {
      const { rejected, rejectedCount } = (await post(members("{}", 100_000), path).expect(200)).body;
      expect(rejectedCount).toBe(100_000);
      expect(rejected).toHaveLength(100);
      expect(rejected[99]).toMatchObject({ index: 99, reason: "invalid_alert" });
      const metrics = (await request(running.app).get("/metrics")).text;
      expect(metrics).toContain('rollguard_decisions_total{reason="invalid_alert",tier=""} 100000\n');
      expect(metrics).toContain('rollguard_alerts_received_total{status="invalid"} 100000\n');
    },
  );

  it("a hundred that are no alerts are told without a count", async () => {
    const reply = (await post(members("0", 100)).expect(200)).body;
    expect(reply.rejected).toHaveLength(100);
    expect(reply.rejected[0].detail).toBe("expected an object");
    expect(reply).not.toHaveProperty("rejectedCount");
  });

  it("commas and braces within texts are no members", async () => {
    const text = '{[,\\"'.repeat(1_000_000);
    await post(webhookBody([alertBody("TestsFail", { annotations: { text } })])).expect(200);
  });
});

describe("labels", () => {
  const labelled = (count: number): object => {
    const names = Array.from({ length: count - 3 }, (_, index) => [`label${index}`, "x"]);
    return alertBody("TestsFail", { labels: Object.fromEntries(names) });
  };

  it("are 1,000 at most", async () => {
    const reply = await post(webhookBody([labelled(1_001), labelled(1_000)])).expect(200);
    expect(reply.body.rejected).toEqual([
      { index: 0, reason: "invalid_alert", detail: "labels: more than 1000" },
    ]);
    expect(reply.body.decisions).toMatchObject([{ reason: "rolled_back" }]);
  });
});

describe("on a socket", () => {
  let server: Server;
  let sockets: Socket[];

  const listen = (app: TestApp): Promise<void> => {
    server = createServer(app.app);
    sockets = [];
    return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  };

  /** A request of which the body is to follow. */
  const begin = (length: number): { socket: Socket; reply: () => string } => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
    let reply = "";
    socket.on("data", (chunk) => {
      reply += chunk.toString();
    });
    socket.write(`POST /api/v1/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
    return { socket, reply: () => reply };
  };

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("a client that hangs up is no failure of ours", async () => {
    await listen(running);
    const asked = once(server, "request");
    const { socket } = begin(1_000);
    socket.write('{"alerts"');
    await asked;
    socket.destroy();
    await until(
      "the hang-up to be noticed",
      () => running.log.length,
      (length) => length > 0,
    );
    expect(running.log).toMatchObject([{ level: "debug", fields: { code: "client_closed_request" } }]);
    const metrics = (await request(running.app).get("/metrics")).text;
    expect(metrics).toContain('rollguard_webhook_duration_seconds_count{code="499"} 1\n');
    expect(metrics).not.toContain('code="500"');
  });

  it("large bodies that wait for their ends leave no room: 503 until one has gone", async () => {
    const limit = 100_000;
    const small = await startTestApp({ policies: [shop], maxBody: limit });
    await listen(small);
    const begun = Array.from({ length: 8 }, () => begin(limit));
    const part = Buffer.alloc(limit - 1, " ");
    await Promise.all(begun.map(({ socket }) => new Promise<void>((r) => socket.write(part, () => r()))));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/alerts`;
    const send = (): Promise<Response> =>
      fetch(url, { method: "POST", body: JSON.stringify(webhookBody([])) });
    const refused = await until("a refusal", send, ({ status }) => status === 503);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ code: "overloaded" });
    expect(small.log.at(-1)).toMatchObject({ level: "warn", fields: { code: "overloaded" } });

    const [first, second] = begun;
    first?.socket.destroy();
    await until("room", send, ({ status }) => status === 200);
    second?.socket.write(" ");
    await until(
      "the reply",
      () => second?.reply() ?? "",
      (text) => text.includes("400 Bad Request"),
    );
    await small.stop();
  });
});

describe("a log that cannot be written", () => {
  it("changes no answer, and none is HTML", async () => {
    const log = running.log as unknown[];
    log.push = () => {
      throw new Error("ENOSPC");
    };
    for (const reply of [
      await post("nonsense"),
      await post(webhookBody([alertBody("TestsFail")])),
      await request(running.app).get("/nowhere"),
    ]) {
      expect(reply.type).toBe("application/problem+json");
    }
  });
});
