import { afterEach, describe, expect, it } from "@jest/globals";
import type { Response } from "supertest";
import type { BulkRequest } from "../../../src/adapters/http/ofrep-listener.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { expectOfrep } from "../../support/ofrep-schema.ts";
import { storeWith } from "../../support/store-with.ts";
import { bulk, NOW, shop, turnOff } from "./ofrep-shop.ts";

const ada = { context: { targetingKey: "ada", plan: { tier: 1, seats: [1, 2] }, region: "us" } };

let app: TestApp;
const start = async (options: Partial<Parameters<typeof startTestApp>[0]> = {}): Promise<void> => {
  app = await startTestApp({ policies: [shop], now: NOW, ...options });
};
afterEach(() => app.stop());

const knowing = (etag: string | undefined): Promise<Response> =>
  bulk(app, ada, { headers: { "If-None-Match": etag ?? "" } });

describe("all flags", () => {
  it("that are off are false, say why, and never DISABLED: clients would take their code's default", async () => {
    await start();
    await turnOff(app, "search");
    const { body } = await bulk(app, ada);
    const off = (key: string, metadata: object) =>
      expect(body.flags).toContainEqual({
        key,
        value: false,
        variant: "off",
        reason: "STATIC",
        metadata: { revision: 1, ...metadata },
      });
    off("search", { cause: "rollback", rollback: expect.stringMatching(/^rb-1-/) });
    off("gone", { cause: "disabled" });
    off("nobody", { cause: "percentage" });
  });

  it("come with the revision, and what needs a targeting key says so where it is missing", async () => {
    await start();
    const { body } = await bulk(app, ada);
    expect(body.flags).toHaveLength(shop.flags.size);
    expect(body.metadata).toEqual({ revision: 0 });
    expect(body.eventStreams).toBeUndefined();
    const nobody = await bulk(app, { context: { targetingKey: "" } });
    expect(nobody.status).toBe(200);
    expect(nobody.body.flags).toContainEqual({
      key: "half",
      errorCode: "TARGETING_KEY_MISSING",
      errorDetails: expect.any(String),
    });
    expect((await bulk(app, ada, { application: "shop" })).body).toEqual(body);
  });

  it.each([
    ["{", 400, "PARSE_ERROR"],
    [{}, 400, "INVALID_CONTEXT"],
    [{ context: { targetingKey: [] } }, 400, "INVALID_CONTEXT"],
  ])("asked with %j are %d %s", async (body, status, errorCode) => {
    await start();
    const reply = await bulk(app, body);
    expect(reply.status).toBe(status);
    expect(reply.body.errorCode).toBe(errorCode);
    expect(reply.body.key).toBeUndefined();
  });

  it("of no application are not there", async () => {
    await start();
    const reply = await bulk(app, ada, { application: "nobody" });
    expect(reply.status).toBe(404);
    expect(reply.body).toMatchObject({ errorCode: "GENERAL", errorDetails: 'no policy names "nobody"' });
  });
});

describe("the ETag of all flags", () => {
  it("is the same for the same context in another order, and not for another one", async () => {
    await start();
    const etagOf = async (context: object): Promise<string | undefined> =>
      (await bulk(app, { context })).headers.etag;
    const etag = await etagOf(ada.context);
    const { region, targetingKey } = ada.context;
    expect(await etagOf({ region, plan: { seats: [1, 2], tier: 1 }, targetingKey })).toBe(etag);
    // The web client keeps its ETag when its context changes: with it only `region` may be another one.
    expect(await etagOf({ ...ada.context, region: "eu" })).not.toBe(etag);
    expect(await etagOf({ ...ada.context, unused: 1 })).not.toBe(etag);
    expect(await etagOf({ ...ada.context, plan: { tier: 1, seats: [2, 1] } })).not.toBe(etag);
  });

  it("is another one as soon as a flag is off, and as soon as a ramp brings somebody another value", async () => {
    let now = NOW;
    await start({ clock: { now: () => now } });
    const first = await bulk(app, ada);
    now += 60_000;
    const ramped = await knowing(first.headers.etag);
    expect(ramped.status).toBe(200);
    expect((await knowing(ramped.headers.etag)).status).toBe(304);
    await turnOff(app, "search");
    const killed = await knowing(ramped.headers.etag);
    expect(killed.status).toBe(200);
    expect(killed.body.metadata).toEqual({ revision: 1 });
    expect(killed.headers.etag).not.toBe(first.headers.etag);
  });

  it.each([
    ["itself", (etag: string) => etag, 304],
    ["weakened by a proxy", (etag: string) => `W/${etag}`, 304],
    ["in a list", (etag: string) => `"a,b", W/"c" , ${etag}`, 304],
    ["*", () => "*", 304],
    ["another one", () => '"other"', 200],
    ["a part of it", (etag: string) => `${etag.slice(0, -2)}"`, 200],
    ["nonsense", () => 'W/"', 200],
  ])("as If-None-Match: %s", async (_what, header, status) => {
    await start();
    const { etag = "" } = (await bulk(app, ada)).headers;
    const reply = await knowing(header(etag));
    expect(reply.status).toBe(status);
    expect(reply.headers.etag).toBe(etag);
  });
});

describe("a client that an event stream told of a revision", () => {
  it.each(['"1"', 'W/"1"', "1"])("by %s never reads older flags", async (told) => {
    await start();
    await bulk(app, ada);
    // Announcements may be lost: this one is not heard.
    const { store } = app;
    const deaf = await startTestApp({
      policies: [shop],
      now: NOW,
      store: storeWith(store, { changes: async () => async () => undefined }),
    });
    await bulk(deaf, ada);
    await turnOff(app, "search");
    expect((await bulk(deaf, ada)).body.metadata.revision).toBe(0);
    const reply = await bulk(deaf, ada, { query: `?flagConfigEtag=${encodeURIComponent(told)}` });
    expect(reply.body.metadata.revision).toBe(1);
    await deaf.stop();
  });

  it.each(['"999999999999"', '"abc"', '"1', "", "1&flagConfigEtag=2", '"99999999999999999999"'])(
    "that nobody knows (%s) is answered all the same",
    async (told) => {
      await start();
      expect((await bulk(app, ada, { query: `?flagConfigEtag=${told}` })).status).toBe(200);
    },
  );
});

describe("event streams", () => {
  it("are offered to who asks for all flags, and the asker is known again", async () => {
    const asked: BulkRequest[] = [];
    const stream = { type: "sse" as const, url: "https://flags.example/stream?c=1", inactivityDelaySec: 120 };
    await start({ onBulk: (request) => [stream, ...(asked.push(request) > 99 ? [stream] : [])] });
    const { body, headers } = await bulk(app, ada);
    expect(body.eventStreams).toEqual([stream]);
    expect((await knowing(headers.etag)).status).toBe(304);
    await bulk(app, { context: { targetingKey: "bob" } });
    const [first, again, other] = asked;
    expect(first).toEqual({ application: "shop", clientKey: expect.any(String), revision: 0, told: false });
    expect(again).toEqual(first);
    expect(other?.clientKey).not.toBe(first?.clientKey);
  });
});

it("an answer that is none of OFREP's fails these tests", async () => {
  await start();
  const reply = await bulk(app, ada);
  const as = (body: object): Response => Object.assign(Object.create(reply), { body });
  expect(() => expectOfrep("bulk", as({ flags: [{ key: "a", value: true, reason: "BECAUSE" }] }))).toThrow();
  expect(() => expectOfrep("bulk", as({ flags: [], metadata: { revision: null } }))).toThrow();
  expect(() => expectOfrep("single", as({ value: true, reason: "STATIC" }))).toThrow();
});
