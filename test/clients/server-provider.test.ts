import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { OFREPProvider, type OFREPProviderOptions } from "@openfeature/ofrep-provider";
import { type Client, OpenFeature } from "@openfeature/server-sdk";
import { type Credential, digestOf } from "../../src/adapters/http/access.ts";
import { StreamShop } from "../adapters/http/stream-shop.ts";
import { holdBodies } from "./hold-bodies.ts";
import { shop } from "./shop.ts";

const ada = { targetingKey: "ada" };
/** On the two sides of `half`. */
const IN = { targetingKey: "user-2" };
const OUT = { targetingKey: "user-0" };
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

const server = new StreamShop();

beforeEach(() => server.start({ policies: [shop] }));

afterEach(async () => {
  await OpenFeature.clearProviders();
  await server.stop();
});

async function connected(options: Partial<OFREPProviderOptions> = {}): Promise<Client> {
  await OpenFeature.setProviderAndWait("shop", new OFREPProvider({ baseUrl: server.base, ...options }));
  return OpenFeature.getClient("shop").setLogger(quiet);
}

describe("a server with OpenFeature's SDK and its OFREP provider", () => {
  test.each([
    ["search", false, ada, { value: true, variant: "on", reason: "STATIC" }],
    [
      "gone",
      true,
      ada,
      { value: false, variant: "off", reason: "STATIC", flagMetadata: { cause: "disabled" } },
    ],
    ["nobody", true, ada, { value: false, variant: "off", reason: "STATIC" }],
    ["half", false, IN, { value: true, variant: "on", reason: "SPLIT" }],
    ["half", true, OUT, { value: false, variant: "off", reason: "SPLIT" }],
    ["pilot", true, ada, { value: false, variant: "off", reason: "STATIC" }],
    ["pilot", false, { ...ada, region: "eu" }, { value: true, variant: "on", reason: "TARGETING_MATCH" }],
    ["search", false, {}, { value: true, reason: "STATIC" }],
  ])("%s, by default %j, for %j", async (key, byDefault, context, expected) => {
    const client = await connected();
    const details = await client.getBooleanDetails(key, byDefault, context);
    expect(details).toMatchObject({ flagKey: key, ...expected });
    expect(details.flagMetadata.revision).toBe(0);
    expect(details.errorCode).toBeUndefined();
  });

  test("what cannot be evaluated is the code's default, with an error that says why", async () => {
    const client = await connected();
    for (const byDefault of [true, false]) {
      expect(await client.getBooleanDetails("serach", byDefault, ada)).toMatchObject({
        value: byDefault,
        reason: "ERROR",
        errorCode: "FLAG_NOT_FOUND",
        errorMessage: expect.stringContaining('no flag "serach"'),
      });
      expect(await client.getBooleanDetails("half", byDefault, {})).toMatchObject({
        value: byDefault,
        reason: "ERROR",
        errorCode: "TARGETING_KEY_MISSING",
      });
    }
    expect(await client.getBooleanDetails("half", true, { targetingKey: 7 } as never)).toMatchObject({
      value: true,
      errorCode: "INVALID_CONTEXT",
    });
  });

  test("a flag is a boolean, and asked for as anything else it is the code's default", async () => {
    const client = await connected();
    const mismatch = { reason: "ERROR", errorCode: "TYPE_MISMATCH" };
    expect(await client.getStringDetails("search", "old", ada)).toMatchObject({ value: "old", ...mismatch });
    expect(await client.getNumberDetails("search", 7, ada)).toMatchObject({ value: 7, ...mismatch });
    expect(await client.getObjectDetails("search", {}, ada)).toMatchObject({ value: {}, ...mismatch });
  });

  test("a flag that an alert turned off is false, whatever the code's default, and says which rollback", async () => {
    const client = await connected();
    expect(await client.getBooleanValue("cache", true, ada)).toBe(true);
    const { body } = await server.fire("CacheBroken");
    expect(await client.getBooleanDetails("cache", true, ada)).toMatchObject({
      value: false,
      variant: "off",
      reason: "STATIC",
      flagMetadata: { revision: 1, rollback: body.decisions[0].rollback, cause: "rollback" },
    });
    expect(await client.getBooleanValue("search", false, ada)).toBe(true);
  });

  test("while nobody answers it is the code's default, and the flag is there again with the server", async () => {
    const port = new URL(server.base).port;
    const client = await connected();
    await server.stop();
    for (const byDefault of [true, false])
      expect(await client.getBooleanDetails("search", byDefault, ada)).toMatchObject({
        value: byDefault,
        reason: "ERROR",
        errorCode: "GENERAL",
      });
    await server.start({ policies: [shop] }, Number(port));
    expect(await client.getBooleanDetails("search", false, ada)).toMatchObject({
      value: true,
      reason: "STATIC",
    });
  });

  test("a 429 is waited out as Retry-After says: the default meanwhile, and nobody is asked", async () => {
    let asked = 0;
    const client = await connected({
      fetchImplementation: (input: Parameters<typeof fetch>[0]) => {
        asked += 1;
        return fetch(input);
      },
    });
    const held = await holdBodies(server.base);
    const refused = await client.getBooleanDetails("search", false, ada);
    expect(refused).toMatchObject({ value: false, reason: "ERROR", errorCode: "GENERAL" });
    await held.release();
    const before = asked;
    const paused = await client.getBooleanDetails("search", false, ada);
    expect(paused.errorMessage).toMatch(/paused due to TooManyRequests until 20\d\d-/);
    expect(asked).toBe(before);
  });
});

describe("where a token is needed", () => {
  const credentials: Credential[] = (["client", "webhook"] as const).map((role) => ({
    role,
    name: role,
    digest: digestOf(`${role}-token`),
  }));

  beforeEach(() => server.restart({ policies: [shop], credentials, loopback: false }));

  test.each([
    [{ headers: [["Authorization", "Bearer client-token"]] as [string, string][] }],
    [{ headers: [["X-API-Key", "client-token"]] as [string, string][] }],
    [{ headersFactory: () => [["Authorization", "Bearer client-token"]] as [string, string][] }],
  ])("a client's opens: %j", async (options) => {
    const client = await connected(options);
    expect(await client.getBooleanDetails("search", false, ada)).toMatchObject({
      value: true,
      reason: "STATIC",
    });
  });

  test.each([[undefined], ["Bearer of bad news"], ["Bearer webhook-token"]])(
    "%j is the code's default",
    async (authorization) => {
      const headers: [string, string][] =
        authorization === undefined ? [] : [["Authorization", authorization]];
      const client = await connected({ headers });
      for (const byDefault of [true, false])
        expect(await client.getBooleanDetails("search", byDefault, ada)).toMatchObject({
          value: byDefault,
          reason: "ERROR",
          errorCode: "GENERAL",
        });
    },
  );
});
