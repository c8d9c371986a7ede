import { afterEach, expect, test } from "@jest/globals";
import { type Post, type Posted, postJson } from "../../../../src/adapters/notify/http/post-json.ts";
import {
  type Answer,
  answering,
  babbling,
  breaking,
  hanging,
  startHttpSink,
} from "../../../support/http-sink.ts";
import { freePort } from "../../../support/process.ts";
import { Stopper } from "../../../support/stopper.ts";
import { until } from "../../../support/until.ts";
import { failureOf } from "../deliveries.ts";

let running = new Stopper();
afterEach(async () => {
  await running.stop();
  running = new Stopper();
});

const serve = (otherwise?: Answer, tls = false) =>
  running.start(startHttpSink(otherwise === undefined ? { tls } : { otherwise, tls }));

function post(url: string, over: Partial<Post> = {}): Promise<Posted> {
  const { signal } = new AbortController();
  return postJson({ name: "Sink", url: new URL(url), body: '{"a":"ü"}', signal, ...over });
}

test("brings the body, and the user of the address as a header", async () => {
  const sink = await serve(answering(202, '{"ok":true}'));
  const address = sink.url.replace("//", "//us%40er:p%25ss@");
  expect(await post(`${address}/hook?token=T0KEN`, { headers: { "x-more": "1" } })).toEqual({
    code: 202,
    status: "202 Accepted",
    retryAfter: null,
    body: '{"ok":true}',
  });
  const [{ headers, ...received } = { headers: {} }] = sink.received;
  expect(received).toEqual({ method: "POST", path: "/hook?token=T0KEN", body: '{"a":"ü"}' });
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "content-length": "10",
    "user-agent": "Rollguard",
    authorization: `Basic ${Buffer.from("us@er:p%ss").toString("base64")}`,
    "x-more": "1",
  });
});

test("takes a password for what it is that encodes nothing", async () => {
  const sink = await serve();
  await post(sink.url.replace("//", "//:100%@"));
  const authorization = `Basic ${Buffer.from(":100%").toString("base64")}`;
  expect(sink.received[0]?.headers).toMatchObject({ authorization });
});

test("tells any answer, with when to come again", async () => {
  const sink = await serve(answering(429, "", { "retry-after": "7" }));
  expect(await post(sink.url)).toMatchObject({
    code: 429,
    status: "429 Too Many Requests",
    retryAfter: 7_000,
  });
});

test("follows no redirect", async () => {
  const sink = await serve(answering(307, "", { location: "/elsewhere" }));
  expect(await post(sink.url)).toMatchObject({ code: 307 });
  expect(sink.received).toHaveLength(1);
});

test("reads 64 kB of an answer that never ends", async () => {
  const sink = await serve((response) => {
    response.writeHead(500);
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(10_000)));
    };
    response.on("drain", more);
    more();
  });
  const { code, body } = await post(sink.url);
  expect([code, body.length]).toEqual([500, 65_536]);
});

const HALF: Answer = (response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("{", () => response.socket?.destroy());
};

const nothing: readonly (readonly [string, Answer, RegExp])[] = [
  ["nobody answers", hanging, /^Sink does not answer: no answer within 300ms$/],
  ["the connection breaks", breaking, /^Sink does not answer: socket hang up$/],
  ["an answer breaks off", HALF, /^Sink does not answer: aborted$/],
  ["it is not HTTP", babbling, /^Sink answers something that is not HTTP: does the address lead to it\?$/],
  [
    "an answer never ends",
    (response) => void response.writeHead(200).write("{"),
    /^Sink does not answer: no answer within 300ms$/,
  ],
];
test.each(nothing)("says so where %s", async (_, answer, message) => {
  const sink = await serve(answer);
  const waits = message.source.includes("300ms") ? { timeout: 300 } : {};
  const error = await failureOf(post(`${sink.url}/T0KEN`, waits));
  expect(error.message).toMatch(message);
  expect(error).toMatchObject({ kind: "unavailable", retryAfter: null });
});

test("says so where nobody listens, under a name with several addresses too", async () => {
  const port = await freePort();
  const refused = await failureOf(post(`http://user:s3cret@127.0.0.1:${port}/T0KEN`));
  expect(refused.message).toBe(`Sink does not answer: connect ECONNREFUSED 127.0.0.1:${port}`);
  const { message } = await failureOf(post(`http://user:s3cret@localhost:${port}/T0KEN`));
  expect(message).toMatch(/^Sink does not answer: (connect ECONNREFUSED \S+(, )?)+$/);
  expect(message).not.toMatch(/s3cret|T0KEN/);
});

test("trusts no certificate that nobody has signed", async () => {
  const sink = await serve(undefined, true);
  const error = await failureOf(post(sink.url));
  expect(error.kind).toBe("unavailable");
  expect(error.message).toBe(
    "Sink does not answer: self-signed certificate; where it is meant to be, name its authority's file in NODE_EXTRA_CA_CERTS",
  );
  expect(sink.received).toEqual([]);
});

test("is cut off, before and while it waits", async () => {
  const sink = await serve(hanging);
  const stopping = new AbortController();
  const { signal } = stopping;
  const posted = failureOf(post(sink.url, { signal }));
  await until(
    "the request has come",
    () => sink.received.length,
    (count) => count === 1,
    { every: 5 },
  );
  stopping.abort();
  const message = "Sink was not told: the delivery was cut off";
  expect((await posted).message).toBe(message);
  expect((await failureOf(post(sink.url, { signal }))).message).toBe(message);
  expect(sink.received).toHaveLength(1);
});
