import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EvaluationContext } from "@openfeature/core";
import * as older from "@openfeature/ofrep-core";
import * as newer from "ofrep-core-2";
import { StreamShop } from "../adapters/http/stream-shop.ts";
import { holdBodies } from "./hold-bodies.ts";
import { shop } from "./shop.ts";

const server = new StreamShop();
const ada = { targetingKey: "ada" };

beforeAll(() => server.start({ policies: [shop], eventStreams: true }));
afterAll(() => server.stop());

/** What all of OpenFeature's OFREP clients are built on, in the version of the server's and in that of the page's. */
const clients = [
  [
    "0.1.4",
    () => {
      const api = new older.OFREPApi(server.base);
      return {
        one: (key: string, context: EvaluationContext) => api.postEvaluateFlags(key, { context }),
        all: (context: EvaluationContext, etag?: string) =>
          api.postBulkEvaluateFlags(
            { context },
            etag === undefined ? {} : { headers: [["If-None-Match", etag]] },
          ),
        tooMany: older.OFREPApiTooManyRequestsError,
      };
    },
  ],
  [
    "2.3.0",
    () => {
      const api = new newer.OFREPApi({ baseUrl: server.base });
      return {
        one: (key: string, context: EvaluationContext) => api.postEvaluateFlag(key, { context }),
        all: (context: EvaluationContext, etag?: string) =>
          api.postBulkEvaluateFlags({ context }, etag ?? null),
        tooMany: newer.OFREPApiTooManyRequestsError,
      };
    },
  ],
] as const;

describe.each(clients)("ofrep-core %s", (_version, connect) => {
  test.each([
    ["search", ada, 200, { value: true, variant: "on", reason: "STATIC", metadata: { revision: 0 } }],
    ["half", ada, 200, { reason: "SPLIT" }],
    ["pilot", { ...ada, region: "eu" }, 200, { value: true, reason: "TARGETING_MATCH" }],
    ["gone", ada, 200, { value: false, reason: "STATIC", metadata: { cause: "disabled" } }],
    ["serach", ada, 404, { errorCode: "FLAG_NOT_FOUND", errorDetails: expect.stringContaining("serach") }],
    ["a/b", ada, 404, { errorCode: "FLAG_NOT_FOUND" }],
    ["half", {}, 400, { errorCode: "TARGETING_KEY_MISSING" }],
    ["half", { targetingKey: 7 } as object as EvaluationContext, 400, { errorCode: "INVALID_CONTEXT" }],
  ])("reads the answer for %s and %j", async (key, context, httpStatus, value) => {
    expect(await connect().one(key, context)).toMatchObject({ httpStatus, value: { key, ...value } });
  });

  test("reads all flags, and is told that nothing has changed for the same context only", async () => {
    const { all } = connect();
    const first = await all(ada);
    expect(first).toMatchObject({
      httpStatus: 200,
      value: { flags: expect.any(Array), metadata: { revision: 0 }, eventStreams: [{ type: "sse" }] },
    });
    const etag = first.httpResponse?.headers.get("etag") ?? "";
    expect(await all(ada, etag)).toMatchObject({ httpStatus: 304 });
    expect(await all({ ...ada, region: "eu" }, etag)).toMatchObject({ httpStatus: 200 });
  });

  test("reads when it may ask again", async () => {
    const { one, all, tooMany } = connect();
    const held = await holdBodies(server.base);
    try {
      for (const asking of [one("search", ada), all(ada)]) {
        const error = await asking.then(
          () => null,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(tooMany);
        expect(error).toMatchObject({ retryAfterSeconds: 5, retryAfterDate: expect.any(Date) });
      }
    } finally {
      await held.release();
    }
  });
});
