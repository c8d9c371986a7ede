import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { until } from "../../support/until.ts";
import { StreamShop, seeing } from "./stream-shop.ts";

const DAY = 24 * 3_600_000;

let shop: StreamShop;

beforeEach(async () => {
  shop = new StreamShop();
  await shop.start();
});

afterEach(() => shop.stop());

describe("a client's stream", () => {
  test("tells it to ask again when flags change, and of nothing else", async () => {
    const stream = await shop.listen("ada");
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    expect(stream.ids()).toEqual([]);
    await shop.fire("CacheBroken");
    await shop.fire("CacheBroken");
    await seeing(stream, ["1"]);
    const [, data] = /^event: message\ndata: (.*)$/m.exec(stream.text()) ?? [];
    expect(JSON.parse(data ?? "")).toEqual({
      type: "refetchEvaluation",
      etag: "1",
      lastModified: shop.now / 1_000,
    });
    await shop.fire("Slow");
    await seeing(stream, ["1", "2"]);
  });

  test("tells at once who may have missed something", async () => {
    const url = shop.evaluate("ada", 0);
    await shop.fire("CacheBroken");
    await seeing(await shop.open(url), ["1"]);
    await seeing(await shop.open(url, { "Last-Event-ID": "0" }), ["1"]);
    await seeing(await shop.open(url, { "Last-Event-ID": "of somebody else" }), ["1"]);
    const [stranger] = [shop.app.clients.streamUrls.of("shop", "stranger", shop.now)];
    if (!("endpoint" in stranger)) throw new Error("no endpoint");
    await seeing(await shop.open(shop.base + stranger.endpoint.requestUri), ["1"]);
    await seeing(await shop.open(url, { "Last-Event-ID": "1" }), ["1"]);
    const current = await shop.listen("somebody who has them", 1);
    expect(current.ids()).toEqual([]);
    expect(current.text()).toContain("id: 1\n\n");
  });

  test("ends when its client has not asked soon after a message, and tells it again whenever it comes back", async () => {
    await shop.restart({ sweep: 10 });
    const stream = await shop.listen("ada");
    await shop.fire("CacheBroken");
    await seeing(stream, ["1"]);
    await stream.ended;
    const url = shop.addressAt("ada", shop.now);
    for (let time = 0; time < 3; time++) {
      const again = await shop.open(url, { "Last-Event-ID": "1" });
      await again.ended;
      expect(again.ids()).toEqual(["1"]);
    }
  });

  test("that was told, and could not ask, is told again when it comes back, though others with its key have asked", async () => {
    await shop.restart({ sweep: 50 });
    const [one, other] = [await shop.listen("anybody"), await shop.listen("anybody")];
    await shop.fire("CacheBroken");
    await seeing(one, ["1"]);
    shop.evaluate("anybody", 1, { told: true });
    await Promise.all([one.ended, other.ended]);
    const again = await shop.open(shop.addressAt("anybody", shop.now), { "Last-Event-ID": "1" });
    await seeing(again, ["1"]);
    shop.evaluate("anybody", 1, { told: true });
    const late = await shop.open(shop.addressAt("anybody", shop.now), { "Last-Event-ID": "1" });
    await seeing(late, ["1"]);
  });

  test("goes on where its client has asked", async () => {
    await shop.restart({ sweep: 200, heartbeat: 50 });
    const stream = await shop.listen("ada");
    await shop.fire("CacheBroken");
    await seeing(stream, ["1"]);
    shop.evaluate("ada", 1);
    const comments = (): number => stream.text().split(": still here").length;
    const before = comments();
    await until("comments, for longer than it waits", comments, (count) => count > before + 20);
    await shop.fire("Slow");
    await seeing(stream, ["1", "2"]);
    await stream.ended;
  });

  test("says now and then that it is still there, and ends when its time is over", async () => {
    await shop.restart({ heartbeat: 20 });
    const stream = await shop.listen("ada");
    await until("a comment", stream.text, (text) => text.includes(": still here\n\n"));
    shop.now += 2 * DAY;
    await stream.ended;
    expect((await shop.open(shop.addressAt("ada", shop.now - 2 * DAY))).status).toBe(410);
  });

  test("ends when the server is being stopped", async () => {
    const stream = await shop.listen("ada");
    await shop.app.stop();
    await stream.ended;
  });

  test("is one of so many: the next one is to come again later", async () => {
    await shop.restart({ maxFlagStreams: 2 });
    const [first] = [await shop.listen("a"), await shop.listen("b")];
    const refused = await fetch(shop.evaluate("c", 0));
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    first.close();
    await until(
      "room",
      () => shop.open(shop.evaluate("c", 0)),
      ({ status }) => status === 200,
    );
  });

  test("is open to pages of origins that may evaluate flags, and their browsers keep it from others", async () => {
    await shop.restart({ corsOrigins: new Set(["https://shop.example"]) });
    const allowed = async (origin: string): Promise<string | null> =>
      (await shop.open(shop.evaluate("ada", 0), { Origin: origin })).headers.get(
        "access-control-allow-origin",
      );
    expect(await allowed("https://shop.example")).toBe("https://shop.example");
    expect(await allowed("https://elsewhere.example")).toBeNull();
    const gone = await fetch(shop.addressAt("nobody yet", shop.now - 3 * DAY), {
      headers: { Origin: "https://shop.example" },
    });
    expect(gone.status).toBe(410);
    expect(gone.headers.get("access-control-allow-origin")).toBe("https://shop.example");
  });

  test("is refused a HEAD, a POST, and nothing is left behind", async () => {
    const url = shop.evaluate("ada", 0);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(405);
    expect(shop.app.clients.flagClients.count("shop")).toEqual({ current: 1, stale: 0 });
  });
});
