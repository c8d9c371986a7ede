import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { StreamUrls } from "../../../src/adapters/http/stream-urls.ts";
import { until } from "../../support/until.ts";
import { StreamShop, seeing } from "./stream-shop.ts";

const DAY = 24 * 3_600_000;

let shop: StreamShop;

beforeEach(async () => {
  shop = new StreamShop();
  await shop.start();
});

afterEach(() => shop.stop());

describe("an address", () => {
  test("is the same for a client for a day, and another one for each", () => {
    const urls = new Set<string>();
    for (let hour = 0; hour < 24; hour += 1) urls.add(shop.addressAt("ada", shop.now + hour * 3_600_000));
    expect(urls.size).toBeLessThanOrEqual(2);
    expect(shop.addressAt("ada", shop.now)).toBe(shop.addressAt("ada", shop.now));
    expect(shop.addressAt("bob", shop.now)).not.toBe(shop.addressAt("ada", shop.now));
  });

  test("is of nobody when a letter of it was changed, or another secret signed it", async () => {
    const url = new URL(shop.evaluate("ada", 0));
    const forged = (name: string, value: string): string => {
      const other = new URL(url);
      other.searchParams.set(name, value);
      return other.href;
    };
    const foreign = new StreamUrls({ secret: "of another responder", externalUrl: shop.base }).of(
      "shop",
      "ada",
      shop.now,
    );
    const urls = [
      forged("client", "bob"),
      forged("application", "other"),
      forged("expires", "9999999999"),
      forged("signature", "AAAA"),
      `${url.origin}${url.pathname}`,
      "url" in foreign ? foreign.url : "",
    ];
    for (const one of urls) {
      const answer = await fetch(one);
      expect({ status: answer.status, body: await answer.json() }).toMatchObject({
        status: 404,
        body: { code: "not_found" },
      });
    }
    expect((await fetch(shop.evaluate("ada", 0, { application: "nobody" }))).status).toBe(404);
  });

  test("is absolute where the address of the responder is known, also below a path", () => {
    const urls = new StreamUrls({ secret: "s", externalUrl: "https://flags.example.org/rollguard/" });
    expect(urls.of("shop", "ada", shop.now)).toMatchObject({
      type: "sse",
      url: expect.stringMatching(/^https:\/\/flags\.example\.org\/rollguard\/ofrep\/v1\/event-stream\?/),
      inactivityDelaySec: 120,
    });
  });
});

describe("the answer for all flags", () => {
  test("says where changes are told, for as long as that stays so by 304, and asks for the next in time", async () => {
    await shop.restart({ eventStreams: true });
    const bulk = (etag = "") =>
      request(shop.server)
        .post("/ofrep/v1/evaluate/flags")
        .set("If-None-Match", etag)
        .send({ context: { targetingKey: "ada" } });
    const { body, headers } = await bulk().expect(200);
    const [{ endpoint, ...stream }] = body.eventStreams;
    expect(stream).toEqual({ type: "sse", inactivityDelaySec: 120 });
    const listening = await shop.open(shop.base + endpoint.requestUri);
    await until("the beginning", listening.text, (text) => text.includes("id: 0"));
    await bulk(headers.etag).expect(304);
    await shop.fire("CacheBroken");
    await seeing(listening, ["1"]);
    const changed = await bulk(headers.etag).expect(200);
    expect(changed.body.eventStreams).toEqual(body.eventStreams);
    shop.now += DAY;
    const later = await bulk(changed.headers.etag).expect(200);
    expect(later.body.eventStreams).not.toEqual(body.eventStreams);
    expect((await shop.open(shop.base + endpoint.requestUri)).status).toBe(200);
  });
});
