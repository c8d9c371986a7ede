import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OFREPWebProviderOptions } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { StreamShop } from "../adapters/http/stream-shop.ts";
import { until } from "../support/until.ts";
import { holdBodies } from "./hold-bodies.ts";
import { type Line, startLine } from "./line.ts";
import { asInBrowsers, Page, streamIs } from "./page.ts";
import { shop } from "./shop.ts";

const ada = { targetingKey: "ada" };
const STALE = ProviderEvents.Stale;

const server = new StreamShop();
let line: Line;
let asBefore: () => void;

beforeEach(async () => {
  asBefore = asInBrowsers("EventSource");
  await server.start({ policies: [shop], eventStreams: true });
  line = await startLine(server.base);
});

afterEach(async () => {
  await OpenFeature.clearProviders();
  await line.stop();
  await server.stop();
  asBefore();
});

async function opened(options: Partial<OFREPWebProviderOptions> = {}, context = ada): Promise<Page> {
  return await new Page(line.url, options).open(context);
}

describe("a page with OpenFeature's SDK and its OFREP provider", () => {
  test("has all flags at once, with reasons, metadata and errors", async () => {
    const { client, asked } = await opened();
    const details = (key: string) => client.getBooleanDetails(key, true);
    const flagMetadata = { revision: 0 };
    expect(details("search")).toMatchObject({ value: true, variant: "on", reason: "STATIC", flagMetadata });
    expect(details("gone")).toMatchObject({
      value: false,
      reason: "STATIC",
      flagMetadata: { ...flagMetadata, cause: "disabled" },
    });
    expect(details("half")).toMatchObject({ value: expect.any(Boolean), reason: "SPLIT" });
    expect(details("nobody")).toMatchObject({ value: false, variant: "off", reason: "STATIC" });
    expect(details("serach")).toMatchObject({ value: true, reason: "ERROR", errorCode: "FLAG_NOT_FOUND" });
    expect(client.getStringDetails("search", "old")).toMatchObject({
      value: "old",
      errorCode: "TYPE_MISMATCH",
    });
    expect(asked).toHaveLength(1);
  });

  test("without a targetingKey has those that are the same for everybody, and defaults for the others", async () => {
    const { client } = await new Page(line.url).open({});
    expect(client.getBooleanDetails("search", false)).toMatchObject({ value: true, reason: "STATIC" });
    for (const byDefault of [true, false])
      expect(client.getBooleanDetails("half", byDefault)).toMatchObject({
        value: byDefault,
        errorCode: "TARGETING_KEY_MISSING",
      });
  });

  test("hears of a flag that an alert turned off, and never polls", async () => {
    const page = await opened();
    await streamIs("open");
    expect(page.isOn("cache")).toBe(true);
    const { body } = await server.fire("CacheBroken");
    await page.changed();
    expect(page.client.getBooleanDetails("cache", true)).toMatchObject({
      value: false,
      reason: "STATIC",
      flagMetadata: { revision: 1, rollback: body.decisions[0].rollback, cause: "rollback" },
    });
    expect(page.asked.map(({ status, told }) => [status, told])).toEqual([
      [200, null],
      [200, "1"],
    ]);
  });

  test.each([[[]], [["localStorage"]]] as const)(
    "gets the values of another region, though it still has the ETag of the first one: %j",
    async (more) => {
      const restore = asInBrowsers(...more);
      const page = await opened();
      expect(page.isOn("pilot")).toBe(false);
      await page.setContext({ ...ada, region: "eu" });
      if (more.length > 0) await page.changed();
      expect(page.client.getBooleanDetails("pilot", false)).toMatchObject({
        value: true,
        reason: "TARGETING_MATCH",
      });
      expect(page.asked.map(({ status, etag }) => [status, etag])).toEqual([
        [200, null],
        [200, expect.stringMatching(/^"/)],
      ]);
      // The stream is that of the new context, and of nobody else.
      await streamIs("open");
      await server.fire("CacheBroken");
      await page.changed();
      expect([page.isOn("cache"), page.isOn("pilot")]).toEqual([false, true]);
      restore();
    },
  );

  test("has what it missed while it was cut off", async () => {
    const page = await opened();
    await streamIs("open");
    line.cut();
    await page.heard(STALE);
    await server.fire("CacheBroken");
    expect(page.isOn("cache")).toBe(true);
    line.mend();
    await page.changed();
    expect(page.isOn("cache")).toBe(false);
  });

  test("calls itself stale from when it was cut off until its context is set, whatever it hears meanwhile", async () => {
    const page = await opened();
    await streamIs("open");
    line.cut();
    await page.heard(STALE);
    line.mend();
    await streamIs("open");
    await until(
      "what it was told when it came back",
      () => page.asked.length,
      (count) => count === 2,
    );
    expect(page.asked[1]).toMatchObject({ status: 304, told: "0" });
    expect(page.client.providerStatus).toBe("STALE");
    await server.fire("CacheBroken");
    await page.changed();
    expect([page.isOn("cache"), page.client.providerStatus]).toEqual([false, "STALE"]);
    await page.setContext({ ...ada, region: "eu" });
    expect(page.client.providerStatus).toBe("READY");
  });

  test("that was told, and could not ask, is told again when it comes back", async () => {
    let failures = 0;
    const page = await opened({
      fetchImplementation: async (input: unknown, init?: RequestInit) => {
        if ((input as Request).url.includes("flagConfigEtag") && failures++ === 0) {
          line.cut();
          throw new TypeError("cut off");
        }
        return await fetch(input as Request, init);
      },
    });
    await streamIs("open");
    await server.fire("CacheBroken");
    // Of the request, and of the stream.
    await page.heard(STALE);
    await page.heard(STALE);
    expect(page.isOn("cache")).toBe(true);
    line.mend();
    await page.changed();
    expect(page.isOn("cache")).toBe(false);
  });

  test("that was told, and could not ask, is hung up on, comes back and is told again", async () => {
    await server.stop();
    await server.start(
      { policies: [shop], eventStreams: true, sweep: 100 },
      Number(new URL(server.base).port),
    );
    let failures = 0;
    const page = await opened({
      fetchImplementation: async (input: unknown, init?: RequestInit) => {
        if ((input as Request).url.includes("flagConfigEtag") && failures++ === 0)
          throw new TypeError("the network is away for a moment");
        return await fetch(input as Request, init);
      },
    });
    await streamIs("open");
    await server.fire("CacheBroken");
    await page.heard(STALE);
    await page.changed();
    expect(page.isOn("cache")).toBe(false);
  });

  test("goes on with what it has while nobody answers, and begins with defaults", async () => {
    const page = await opened();
    line.cut();
    expect(page.isOn("search", false)).toBe(true);
    const late = new Page(line.url);
    await expect(late.open(ada)).rejects.toThrow();
    expect([late.isOn("search", false), late.isOn("gone", true)]).toEqual([false, true]);
    line.mend();
    // The provider does not try again by itself: somebody has to set the context.
    await late.setContext({ ...ada });
    expect([late.isOn("search", false), late.isOn("gone", true)]).toEqual([true, false]);
  });

  test.each([
    ["those of its last visit, and has those of now a moment later", undefined, true, "CACHED"],
    ["those of now", "network-first", false, "STATIC"],
    ["those of now", "disabled", false, "STATIC"],
  ] as const)("begins with %s, where its cacheMode is %j", async (_what, cacheMode, value, reason) => {
    const restore = asInBrowsers("localStorage");
    const visit = () => new Page(line.url, cacheMode === undefined ? {} : { cacheMode }, "page").open(ada);
    await visit();
    await OpenFeature.clearProviders();
    await server.fire("CacheBroken");
    const page = await visit();
    expect(page.client.getBooleanDetails("cache", !value)).toMatchObject({ value, reason });
    if (value) await page.changed();
    expect(page.isOn("cache")).toBe(false);
    restore();
  });

  test("without EventSource it polls: 304 while nothing has changed", async () => {
    asBefore();
    const page = await opened({ pollInterval: 20 });
    await until(
      "a poll",
      () => page.asked.at(-1)?.status,
      (status) => status === 304,
    );
    await server.fire("CacheBroken");
    await page.changed();
    expect(page.isOn("cache")).toBe(false);
  });

  test("waits as long as a 429 says, and then has what changed", async () => {
    asBefore();
    const page = await opened({ pollInterval: 20 });
    const held = await holdBodies(server.base);
    await until(
      "a 429",
      () => page.asked,
      (asked) => asked.some(({ status }) => status === 429),
    );
    const refused = page.asked.findIndex(({ status }) => status === 429);
    await page.heard(STALE);
    expect(page.isOn("cache")).toBe(true);
    await held.release();
    await server.fire("CacheBroken");
    await page.setContext({ ...ada, region: "eu" });
    expect([page.isOn("cache"), page.isOn("pilot")]).toEqual([true, false]);
    await page.changed();
    expect([page.isOn("cache"), page.isOn("pilot")]).toEqual([false, true]);
    const [before, after] = [page.asked[refused], page.asked[refused + 1]];
    expect(after?.status).toBe(200);
    // By the clock that the client goes by: it does not ask earlier, though hundreds of polls are due meanwhile.
    expect((after?.at ?? 0) - (before?.at ?? 0)).toBeGreaterThanOrEqual(5_000);
  });
});
