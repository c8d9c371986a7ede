import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { reasonOf } from "../../../src/adapters/json-api/failure.ts";
import { createJsonApi, type JsonApiOptions } from "../../../src/adapters/json-api/json-api.ts";
import { freePort } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";
import { until } from "../../support/until.ts";
import {
  answering,
  breaking,
  failureOf,
  hanging,
  json,
  type OddServer,
  type Step,
  startOddServer,
} from "./odd-server.ts";

const schema = z.object({ value: z.number() });
const GOOD = json({ value: 7 });

let running = new Stopper();
afterEach(async () => {
  await running.stop();
  running = new Stopper();
});

function serve(...steps: readonly [Step, ...Step[]]): Promise<OddServer> {
  return running.start(startOddServer(...steps));
}

function get(url: string, options: Partial<JsonApiOptions> = {}): Promise<{ value: number }> {
  return createJsonApi({ name: "Prometheus", url, ...options }).get("/api/v1/x", [], schema);
}

describe("an answer", () => {
  test("comes from below the address's own path, with what it asks for", async () => {
    const server = await serve(GOOD);
    const api = createJsonApi({ name: "Prometheus", url: `${server.url}/prom/?tenant=a#x` });
    const parameters = [
      ["rule_group[]", "a b"],
      ["rule_group[]", "c&d"],
    ] as const;
    expect(await api.get("/api/v1/x", parameters, schema)).toEqual({ value: 7 });
    expect(server.seen[0]).toMatchObject({
      method: "GET",
      url: "/prom/api/v1/x?tenant=a&rule_group%5B%5D=a+b&rule_group%5B%5D=c%26d",
      authorization: undefined,
    });
  });

  test("to a form: an expression is longer than an address may be", async () => {
    const server = await serve(GOOD);
    const expr = `vector(${"1 + ".repeat(50_000)}1)`;
    const api = createJsonApi({ name: "Prometheus", url: server.url });
    await api.post("/api/v1/query", [["query", expr]], schema);
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/api/v1/query" });
    expect(new URLSearchParams(server.seen[0]?.body).get("query")).toBe(expr);
  });

  test("may be packed", async () => {
    const server = await serve((response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync('{"value": 7}'));
    });
    expect(await get(server.url)).toEqual({ value: 7 });
  });

  test("after an answer the connection serves the next question", async () => {
    const server = await serve(GOOD);
    const api = createJsonApi({ name: "Prometheus", url: server.url });
    for (let asked = 0; asked < 10; asked++) await api.get("/api/v1/x", [], schema);
    expect(server.connections()).toBeLessThan(10);
  });
});

describe("tried again", () => {
  const passing: readonly (readonly [string, Step])[] = [
    ["a 503", json({ status: "error", error: "query timed out" }, 503)],
    ["a 502 of a proxy", answering(502, "<html>Bad Gateway</html>")],
    ["a broken connection", breaking],
    [
      "an answer that breaks off",
      (response, request) => {
        response.writeHead(200, { "content-length": "100" });
        response.write('{"val', () => request.socket.destroy());
      },
    ],
  ];
  test.each(passing)("%s", async (_, step) => {
    const server = await serve(step, step, GOOD);
    expect(await get(server.url)).toEqual({ value: 7 });
    expect(server.seen).toHaveLength(3);
  });

  test("a server that hangs", async () => {
    const server = await serve(hanging, GOOD);
    expect(await get(server.url, { timeout: 300 })).toEqual({ value: 7 });
    expect(server.seen).toHaveLength(2);
  });

  test("only so often", async () => {
    const server = await serve(json({ status: "error", error: "query timed out\nin expression" }, 503));
    const error = await failureOf(get(server.url));
    expect(error.message).toBe("Prometheus answered 503 Service Unavailable: query timed out in expression");
    expect(server.seen).toHaveLength(3);
  });

  test("an address that nobody listens on", async () => {
    const port = await freePort();
    const error = await failureOf(get(`http://127.0.0.1:${port}`));
    expect(error.message).toBe(`Prometheus does not answer: connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  test("a server that answers half, and then nothing", async () => {
    const server = await serve((response) => {
      response.writeHead(200);
      response.write('{"value":');
    });
    const error = await failureOf(get(server.url, { timeout: 300, attempts: 2 }));
    expect(error.message).toBe("Prometheus does not answer: no answer within 300ms");
    expect(server.seen).toHaveLength(2);
  });
});

describe("not tried again", () => {
  const final: readonly (readonly [string, Step, string])[] = [
    [
      "a bad question",
      json({ status: "error", errorType: "bad_data", error: "1:6: parse error: unclosed left bracket" }, 400),
      "Prometheus answered 400 Bad Request: 1:6: parse error: unclosed left bracket",
    ],
    [
      "Alertmanager's way to say it",
      json("bad matcher format: {", 400),
      "Prometheus answered 400 Bad Request: bad matcher format: {",
    ],
    [
      "a message",
      json({ code: 422, message: "no" }, 422),
      "Prometheus answered 422 Unprocessable Entity: no",
    ],
    ["a page for people", answering(404, "404 page not found\n"), "Prometheus answered 404 Not Found"],
    ["a status that HTTP does not name", answering(499, "null"), "Prometheus answered 499 unknown"],
    [
      "a very long reason",
      json({ error: "x".repeat(5_000) }, 400),
      `Prometheus answered 400 Bad Request: ${"x".repeat(300)}`,
    ],
    [
      "a page where JSON should be",
      answering(200, "<html>sign in</html>"),
      "Prometheus answered no JSON on /api/v1/x: does the address lead to it?",
    ],
    [
      "nothing at all",
      answering(200, ""),
      "Prometheus answered no JSON on /api/v1/x: does the address lead to it?",
    ],
    [
      "something else",
      json({ value: "7" }),
      "Prometheus answered something unknown on /api/v1/x: value: Invalid input: expected number, received string",
    ],
  ];
  test.each(final)("%s", async (_, step, message) => {
    const server = await serve(step);
    expect((await failureOf(get(server.url))).message).toBe(message);
    expect(server.seen).toHaveLength(1);
  });

  test("a redirect, which is not followed: it would take the password along", async () => {
    const other = await serve(GOOD);
    const place = `${other.url.replace("//", "//max:s3cr3t@")}/sso?token=s3cr3t`;
    const server = await serve(answering(307, "", { location: place }));
    const { message } = await failureOf(get(server.url));
    expect(message).toBe(
      `Prometheus answered a redirect to ${other.url}/sso: its address must be the one that answers`,
    );
    expect(other.seen).toEqual([]);
  });

  test.each([{}, { location: "http://[" }])("a redirect to nowhere: %j", async (headers) => {
    const server = await serve(answering(302, "", headers));
    const { message } = await failureOf(get(server.url));
    expect(message).toBe("Prometheus answered a redirect: its address must be the one that answers");
  });

  test("an answer without an end", async () => {
    let gaveUp = false;
    const server = await serve((response) => {
      const more = (): void => {
        while (!gaveUp && response.write("x".repeat(64 * 1024)));
      };
      response.on("drain", more).on("close", () => {
        gaveUp = true;
      });
      more();
    });
    const { message } = await failureOf(get(server.url, { maxAnswer: 1024 * 1024 }));
    expect(message).toBe("Prometheus answered more than 1048576 bytes on /api/v1/x");
    expect(server.seen).toHaveLength(1);
    await until(
      "the connection to be given up",
      () => gaveUp,
      (yes) => yes,
    );
  });

  test("an answer that is small only while it is packed", async () => {
    const server = await serve((response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(Buffer.alloc(4 * 1024 * 1024, " ")));
    });
    const { message } = await failureOf(get(server.url, { maxAnswer: 1024 * 1024 }));
    expect(message).toBe("Prometheus answered more than 1048576 bytes on /api/v1/x");
  });
});

describe("a stop", () => {
  test("ends what is under way, without another attempt", async () => {
    const stop = new AbortController();
    const server = await serve(() => stop.abort());
    const { message } = await failureOf(get(server.url, { signal: stop.signal, timeout: 60_000 }));
    expect(message).toBe("Prometheus was not asked: Rollguard is stopping");
    expect(server.seen).toHaveLength(1);
  });

  test("ends the pause between two attempts", async () => {
    const stop = new AbortController();
    const server = await serve((response) => {
      response.on("close", () => stop.abort());
      response.writeHead(500).end();
    });
    const { message } = await failureOf(get(server.url, { signal: stop.signal }));
    expect(message).toBe("Prometheus was not asked: Rollguard is stopping");
    expect(server.seen).toHaveLength(1);
  });

  test("leaves nothing to ask for", async () => {
    const server = await serve(GOOD);
    const { message } = await failureOf(get(server.url, { signal: AbortSignal.abort() }));
    expect(message).toBe("Prometheus was not asked: Rollguard is stopping");
    expect(server.seen).toEqual([]);
  });
});

test("the reason of a failure is the innermost one, of each address one", () => {
  const refused = [new Error("connect ECONNREFUSED ::1:1"), new Error("connect ECONNREFUSED 127.0.0.1:1")];
  const error = new TypeError("fetch failed", { cause: new AggregateError(refused) });
  expect(reasonOf(error)).toBe("connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1");
  expect(reasonOf(new TypeError("fetch failed", { cause: "x" }))).toBe("fetch failed");
  expect(reasonOf("x")).toBe("x");
});
